import type { EtcdServer } from '../spec/support/etcd-server.js';
import { etcdctl, spawnEtcdctl } from '../spec/support/etcdctl.js';
import { Onlooker } from './etcd.js';
import { openSide } from './sides/index.js';
import type { Side } from './sides/side.js';

/**
 * Before anything is measured: does the floor elect at all? Three of its candidates, one of this
 * package and one of etcdctl stand in one queue, and lead one after the other, in that order.
 */
export async function checkThatFloorElects(server: EtcdServer): Promise<void> {
  const options = { url: `etcd://127.0.0.1:${server.port}`, ttl: 5_000 };
  const floor = () => openSide('etcd', 'floor', options);
  const onlooker = new Onlooker(server);
  const sides: Side[] = [floor(), floor(), openSide('etcd', 'rx-leadership', options)];
  const [here, there, product] = sides as [Side, Side, Side];
  const key = 'guard';
  const led: string[] = [];
  const seen: (string | undefined)[] = [];
  const following = await here.follow(key, (id) => seen.push(id));
  const stand = async (side: Side, id: string, place: number) => {
    const candidacy = side.campaign(key, id, () => led.push(id));
    await onlooker.until(`${key}/`, place);
    return candidacy;
  };

  const first = await stand(here, 'first', 1);
  const second = await stand(there, 'second', 2);
  const third = await stand(product, 'third', 3);
  const fourth = await stand(there, 'fourth', 4);
  const last = spawnEtcdctl(['elect', key, 'last'], server);
  await onlooker.until(`${key}/`, 5);
  await onlooker.settled();
  expect('leaders', led, ['first']);

  await second.leave(); // out of the middle: nobody leads because of that
  await onlooker.settled();
  expect('leaders', led, ['first']);
  await first.leave();
  await onlooker.settled();
  expect('leaders', led, ['first', 'third']);
  await third.leave();
  await onlooker.settled();
  expect('leaders', led, ['first', 'third', 'fourth']);
  expect('at the head', (await onlooker.queue(`${key}/`))[0], 'fourth');
  await fourth.leave();
  await last.until('etcdctl leads', () => last.lines.find((line) => line === 'last'));
  expect('seen by a follower', seen.filter(Boolean), ['first', 'third', 'fourth', 'last']);

  following.end();
  last.signal('SIGINT');
  await last.exited;
  for (const side of sides) await side.close();
  onlooker.close();
  expect('left over', await etcdctl(['get', '--prefix', '--keys-only', ''], server), '');
}

function expect(what: string, is: unknown, wanted: unknown): void {
  const [found, right] = [JSON.stringify(is), JSON.stringify(wanted)];
  if (found !== right) throw new Error(`the floor does not elect: ${what}: ${found}, not ${right}`);
}
