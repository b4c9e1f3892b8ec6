// Under systemd, Kubernetes or any other process manager: SIGTERM ends the term in order. The job
// under way is finished while the key is still held, then another process leads.
// `tsx examples/graceful-shutdown.ts etcd://127.0.0.1:2379 ann`
import { setTimeout as sleep } from 'node:timers/promises';
import { exhaustMap, fromEvent, merge, timer } from 'rxjs';
import { campaign, describeLeadership, whileLeader } from 'rx-leadership';
import type { Term } from 'rx-leadership';
import { openStore } from 'rx-leadership/stores';

const [, , url = 'memory://here', id = 'ann'] = process.argv;

async function job({ token }: Term): Promise<void> {
  console.log(`begins a job with token ${token}`);
  await sleep(500);
  console.log(`has finished a job with token ${token}`);
}

// #region shutdown
const store = await openStore(url);
const until = merge(fromEvent(process, 'SIGTERM'), fromEvent(process, 'SIGINT'));
const campaign$ = campaign(store, { key: 'app/leader', id, until });
campaign$.subscribe((leadership) => console.log(describeLeadership(leadership)));
campaign$
  .pipe(whileLeader((term) => timer(0, 100).pipe(exhaustMap(() => term.waitUntil(job(term))))))
  .subscribe({ complete: () => void store.close() }); // nothing is left then: the process ends
// #endregion
