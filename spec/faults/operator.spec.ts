import { afterAll, beforeAll, expect } from 'vitest';
import { EtcdServer } from '../support/etcd-server.js';
import { etcdctl } from '../support/etcdctl.js';
import { scenario, type Race } from './race.js';
import { leaseOf } from './wire.js';

let server: EtcdServer;
const test = (name: string, run: (race: Race) => Promise<void>) =>
  scenario(() => server, name, run);

beforeAll(async () => {
  server = await EtcdServer.start();
});
afterAll(() => server.stop());

for (const [what, taken] of [
  ['the lease is revoked', (claim: string) => ['lease', 'revoke', leaseOf(claim).toString(16)]],
  ['the claim is deleted', (claim: string) => ['del', claim]],
] as const) {
  test(`${what}: the term ends at once, and the next one begins`, async (race) => {
    const [one, two] = await race.pair();
    const [claim = ''] = await race.claims();
    const since = race.forced();
    await etcdctl(taken(claim), server);
    race.fault(what);
    expect(await race.newLeader(since, 500)).toMatchObject({ who: two.who });
    const { reason, t } = await one.is('resigning', since);
    expect(reason).toBe('lost');
    await one.is('waiting', since);
    expect(one.lastValid()).toBeLessThan(t);
    await race.hasClaims(2);
    await race.isSafe({ terms: 2, refused: 'some' });
  });
}

test('the claim is overwritten: the term ends, and what was written stays', async (race) => {
  const [one, two] = await race.pair();
  const [claim = ''] = await race.claims();
  race.forced();
  const since = race.fault('overwritten');
  await etcdctl(['put', claim, 'theirs'], server);
  const { reason } = await one.is('interrupted', since);
  expect(reason).toBe('lost');
  await one.is('waiting', since);
  expect(await etcdctl(['get', claim, '--print-value-only'], server)).toBe('theirs');
  expect(two.told('start')).toEqual([]);
  const removed = race.fault('overwritten', 'to');
  await etcdctl(['del', claim], server);
  expect(await race.newLeader(removed, 500)).toMatchObject({ who: two.who });
  await race.hasClaims(2);
  await race.isSafe({ terms: 2 });
});
