// A job that is done at intervals by one replica only, whichever leads; another goes on when it leaves.
import { setTimeout as sleep } from 'node:timers/promises';
import { exhaustMap, lastValueFrom, merge, take, tap, timer } from 'rxjs';
import { campaign, whileLeader } from 'rx-leadership';
import type { Term } from 'rx-leadership';
import { memoryStore, MemoryServer } from 'rx-leadership/stores/memory';

const server = new MemoryServer(); // in production: openStore('etcd://…'), one per process

async function report({ id, token }: Term): Promise<string> {
  await sleep(20);
  return `${id} wrote a report in the term with token ${token}`;
}

function replica(id: string) {
  const store = memoryStore({ server, ttl: 3_000 });
  return campaign(store, { key: 'jobs/report', id }).pipe(
    whileLeader((term) => timer(0, 100).pipe(exhaustMap(() => term.waitUntil(report(term))))),
    take(3), // this replica is stopped after three reports
  );
}

await lastValueFrom(merge(replica('ann'), replica('bob')).pipe(tap(console.log)), {
  defaultValue: undefined,
});
