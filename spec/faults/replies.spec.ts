import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EtcdServer } from '../support/etcd-server.js';
import { etcdctl } from '../support/etcdctl.js';
import { eventually } from '../support/eventually.js';
import { onEtcd, ttl } from './backends.js';
import { now } from './history.js';
import { patience, runRace, type Race } from './race.js';
import { firstField, leaseOf } from './wire.js';

/** Each with a server of its own: leases are counted. */
function test(name: string, run: (race: Race, server: EtcdServer) => Promise<void>): void {
  it.concurrent(name, { timeout: 3 * patience }, async () => {
    const server = await EtcdServer.start();
    try {
      await runRace(onEtcd(server), (race) => run(race, server));
    } finally {
      await server.stop();
    }
  });
}

async function leases(server: EtcdServer): Promise<number> {
  return (await etcdctl(['lease', 'list'], server)).split('\n').length - 1;
}

/** What was granted and is not known to anybody is gone when nobody has renewed it. */
async function hasLeases(server: EtcdServer, count: number): Promise<void> {
  const within = ttl + 1_000;
  await eventually(async () => expect(await leases(server)).toBe(count), { within, every: 100 });
}

test('the reply to a claim is lost', async (race, server) => {
  const proxy = await race.proxy();
  const one = race.enter('the-one', { through: proxy, held: true });
  const lost = proxy.loseReply('the-one');
  one.do({ do: 'start' });
  await lost;
  const { token } = await race.newLeader(race.fault('lost'));
  const [claim = ''] = await race.claims();
  const written = await etcdctl(['get', claim, '--write-out=fields'], server);
  expect(written).toContain(`"CreateRevision" : ${token}`);
  await race.hasClaims(1);
  await hasLeases(server, 1);
  await race.isSafe({ terms: 1 });
});

test('the reply to a claim is lost while somebody else leads', async (race, server) => {
  const proxy = await race.proxy();
  const two = race.enter('the-two', { through: proxy, held: true });
  const one = race.enter('one');
  await one.leads();
  const lost = proxy.loseReply('the-two');
  two.do({ do: 'start' });
  await lost;
  race.fault('lost');
  await two.is('waiting');
  await race.hasClaims(2);
  await hasLeases(server, 2);
  one.do({ do: 'stop' });
  const { t } = await one.noted('asked to stop');
  expect(await race.newLeader(t, 500)).toMatchObject({ who: two.who });
  await race.hasClaims(1);
  await race.isSafe({ terms: 2 });
});

test('the reply to the grant of a session is lost', async (race, server) => {
  const proxy = await race.proxy();
  const one = race.enter('one', { through: proxy, held: true });
  const lost = proxy.loseReply(firstField(BigInt(ttl / 1_000)));
  one.do({ do: 'start' });
  await lost;
  await race.newLeader(race.fault('lost'));
  expect(await leases(server)).toBeGreaterThan(1);
  await race.hasClaims(1);
  await hasLeases(server, 1);
  await race.isSafe({ terms: 1 });
});

test('the reply to a renewal is lost', async (race, server) => {
  const proxy = await race.proxy();
  const [one] = await race.pair({ through: proxy });
  const lease = leaseOf((await race.claims())[0]);
  await race.stays(
    one,
    async () => {
      await proxy.loseReply(firstField(lease));
      race.fault('lost');
      await sleep(1.5 * ttl);
    },
    { suspended: true },
  );
  await race.hasClaims(2);
  await hasLeases(server, 2);
  await race.isSafe({ terms: 1 });
});

for (const [order, claims] of [
  ['resign', 2],
  ['stop', 1],
] as const) {
  test(`the reply to the release is lost: ${order}`, async (race, server) => {
    const proxy = await race.proxy();
    const [one, two] = await race.pair({ through: proxy });
    await sleep(200); // what was asked about the claim has been answered
    const lost = proxy.loseReply(race.key);
    one.do({ do: order });
    const { t } = await one.noted(`asked to ${order}`);
    expect(await race.newLeader(t, 500)).toMatchObject({ who: two.who });
    await lost;
    race.fault('lost');
    await one.noted(order === 'stop' ? 'stopped' : 'resigned');
    if (order === 'resign') await one.is('waiting', t);
    await race.hasClaims(claims);
    await hasLeases(server, claims);
    expect(now() - t).toBeLessThan(race.bound + 1_000);
    await race.isSafe({ terms: 2 });
  });
}
