import { setTimeout as sleep } from 'node:timers/promises';
import { exhaustMap, take, timer } from 'rxjs';
import { campaign, whileLeader } from 'rx-leadership';
import { memoryStore } from 'rx-leadership/stores/memory';

const store = memoryStore();

/** Your work. Send the token with each write, so that whatever comes late can be refused. */
async function job(token: bigint) {
  await sleep(100);
  return `did a job in the term with token ${token}`;
}

campaign(store, { key: 'service/jobs/leader', id: 'underwood' })
  .pipe(
    whileLeader((term) =>
      timer(0, 500).pipe(
        exhaustMap(() => term.waitUntil(job(term.token))), // the key is kept until the job is done
      ),
    ),
    take(3), // the last subscriber leaves: the term ends, and the key is given back
  )
  .subscribe({ next: console.log, complete: () => void store.close() });
