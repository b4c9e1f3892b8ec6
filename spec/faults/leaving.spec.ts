import { afterAll, beforeAll, expect } from 'vitest';
import { EtcdServer } from '../support/etcd-server.js';
import { onEtcd, ttl } from './backends.js';
import { certain, scenario, type Race } from './race.js';

let server: EtcdServer;
const test = (name: string, run: (race: Race) => Promise<void>) =>
  scenario(() => onEtcd(server), name, run);

/** The default drain at this ttl. */
const drain = ttl / 5;
/** How long a hand-over may take on a busy machine. */
const handover = 500;

beforeAll(async () => {
  server = await EtcdServer.start();
});
afterAll(() => server.stop());

for (const [order, asked, done] of [
  ['resign', 'asked to resign', 'resigned'],
  ['stop', 'asked to stop', 'stopped'],
] as const) {
  test(`told to ${order} while it is suspended, it does not wait for the network`, async (race) => {
    const proxy = await race.proxy();
    const [one, two] = await race.pair({ through: proxy });
    proxy.blackhole();
    const cut = race.fault('silence');
    await one.is('suspended', cut);
    one.do({ do: order });
    const [{ t: from }, { t: to }] = [await one.noted(asked), await one.noted(done)];
    expect(to - from).toBeLessThan(drain + ttl + 200);
    expect(one.lastValid()).toBeLessThan(Math.min(cut + certain, from + drain + 100));
    expect(await race.newLeader(cut)).toMatchObject({ who: two.who });
    proxy.heal();
    await race.hasClaims(order === 'stop' ? 1 : 2);
    await race.isSafe({ terms: 2 });
  });
}

test('five times the leader resigns, and the other one leads at once', async (race) => {
  let [leader, other] = await race.pair();
  for (let n = 0; n < 5; n += 1) {
    race.fault('resigns');
    leader.do({ do: 'resign' });
    const { t } = await leader.noted('asked to resign', leader.told('start').at(-1)?.t);
    expect(await race.newLeader(t, handover)).toMatchObject({ who: other.who });
    await leader.is('waiting', t);
    [leader, other] = [other, leader];
  }
  await race.hasClaims(2);
  await race.isSafe({ terms: 6, changes: 5, vacancy: handover });
});

test('one that stopped while it waited never leads, and holds nobody up', async (race) => {
  const three = race.enter('three', { held: true });
  const [one, two] = await race.pair();
  three.do({ do: 'start' });
  await three.is('waiting');
  race.fault('stops');
  two.do({ do: 'stop' });
  await two.noted('stopped');
  await race.hasClaims(2);
  one.do({ do: 'stop' });
  const { t } = await one.noted('asked to stop');
  expect(await race.newLeader(t, handover)).toMatchObject({ who: three.who });
  await race.hasClaims(1);
  expect(two.told('start')).toEqual([]);
  await race.isSafe({ terms: 2 });
});
