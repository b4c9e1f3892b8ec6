// Four shards over three workers: each leads two at most. When one leaves, its shards are taken over.
import { setTimeout as sleep } from 'node:timers/promises';
import { merge, Observable } from 'rxjs';
import { campaign, spread, whileLeader } from 'rx-leadership';
import { memoryStore, MemoryServer } from 'rx-leadership/stores/memory';

const server = new MemoryServer(); // in production: openStore('etcd://…'), one per process
const shards = ['a', 'b', 'c', 'd'];

/** Who works on which shard now. */
const working = new Map<string, string>();

function worker(id: string) {
  const store = memoryStore({ server, ttl: 3_000 });
  // #region spread
  const elections = shards.map((shard) => campaign(store, { key: `shards/${shard}`, id }));
  const works = spread(elections, 2).map((leadership$, n) =>
    leadership$.pipe(whileLeader(() => workOn(shards[n] ?? '', id))),
  );
  merge(...works).subscribe();
  // #endregion
  return store;
}

const workOn = (shard: string, id: string) =>
  new Observable<never>(() => {
    working.set(shard, id);
    return () => working.delete(shard);
  });

/** Waits until every shard is worked on, and says by how many each. */
async function report(): Promise<void> {
  while (working.size < shards.length) await sleep(10);
  const counts = new Map<string, number>();
  for (const id of working.values()) counts.set(id, (counts.get(id) ?? 0) + 1);
  console.log(
    [...counts]
      .map(([id, count]) => `${id} ${count}`)
      .sort()
      .join(', '),
  );
}

const ann = worker('ann');
const [bob, cleo] = [worker('bob'), worker('cleo')];
await report();
await ann.close(); // its work is stopped, its shards are given back
await report();
await Promise.all([bob.close(), cleo.close()]);
