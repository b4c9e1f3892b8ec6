// Every replica takes requests; those that only the leader may answer are passed on to it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { firstValueFrom, of } from 'rxjs';
import { campaign, follow, sendToLeader, toLeader } from 'rx-leadership';
import { memoryStore, MemoryServer } from 'rx-leadership/stores/memory';

const server = new MemoryServer(); // in production: openStore('etcd://…'), one per process
const key = 'api/leader';

/** One replica: it answers what the leader should, and says in the election where it listens. */
async function replica(id: string) {
  const store = memoryStore({ server, ttl: 3_000 });
  const http = createServer((request, response) => {
    response.writeHead(200, { connection: 'close' }).end(`${id} has answered ${request.url}`);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const data = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const candidate$ = campaign(store, { key, id, data });
  const stop = () => (http.close(), store.close());
  return { store, candidate$, stop };
}

const get = async (address: string, path: string) => (await fetch(address + path)).text();

const ann = await replica('ann');
const bob = await replica('bob');
for (const { candidate$ } of [ann, bob]) candidate$.subscribe();

// #region proxy
/** Requests that came to bob go to whoever leads; while nobody does, they wait. */
const leader$ = follow(bob.store, key).pipe(toLeader(({ data = '' }) => of(data)));
const answer = (path: string) =>
  firstValueFrom(of(path).pipe(sendToLeader(leader$, get, { timeout: 5_000 })), {
    defaultValue: 'no answer',
  });
// #endregion

console.log(await answer('/orders/1'));
await ann.stop();
console.log(await answer('/orders/2'));
await bob.stop();
