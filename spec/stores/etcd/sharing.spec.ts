import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import type { TcpProxy } from '../../support/proxy.js';
import { lock, watch } from '../records.js';
import { Laboratory } from './fixture.js';

let server: EtcdServer;
let lab: Laboratory;

beforeAll(async () => {
  server = await EtcdServer.start();
  lab = new Laboratory(server);
});
afterEach(() => lab.clear());
afterAll(() => server.stop());

async function elapsed(ms: number): Promise<void> {
  const since = performance.now();
  await eventually(() => performance.now() - since >= ms, { within: ms + 1_000 });
}

/** Bytes that a store sends while nothing happens, in two ttls. */
async function idle(proxy: TcpProxy): Promise<number> {
  let seen = 0;
  const growth = () => -seen + (seen = proxy.up.bytes);
  await eventually(() => growth() < 500, { every: 600 }); // what is left of the beginning
  const before = proxy.up.bytes;
  await elapsed(4_000);
  return proxy.up.bytes - before;
}

describe('all elections of one store share', () => {
  it(
    'one lease, one connection and one renewal: 300 elections cost what one does',
    {
      timeout: 60_000,
    },
    async () => {
      const one = await lab.behindProxy();
      const many = await lab.behindProxy();
      const single = lock(one.store, 'share/single', 'a');
      const claims = Array.from({ length: 300 }, (_, n) => lock(many.store, `share/${n}`, 'a'));
      watch(one.store, 'share/single');
      for (let n = 0; n < 100; n += 1) watch(many.store, `share/${n}`);
      const slow = { within: 20_000 }; // three hundred at once, perhaps on a busy machine
      await eventually(() => single.held && claims.every(({ held }) => held), slow);
      const waiting = Array.from({ length: 50 }, (_, n) => lock(many.store, `share/${n}`, 'b'));
      await eventually(() => waiting.every(({ states }) => states.length === 1), slow);
      expect(await lab.leases()).toHaveLength(2);
      // One that was silent for too long is replaced by another one.
      await eventually(() => expect([one.proxy.open, many.proxy.open]).toEqual([1, 1]));
      const [quiet, busy] = await Promise.all([idle(one.proxy), idle(many.proxy)]);
      expect(busy).toBeLessThan(quiet * 1.3);
      expect(claims.every(({ held }) => held)).toBe(true);
    },
  );

  it('another ttl costs a lease of its own, and each goes with its last claim', async () => {
    const store = lab.store();
    const other = lock(store, 'share/a', 'a', { ttl: 5_000 });
    const [x, y] = [lock(store, 'share/b', 'a'), lock(store, 'share/c', 'a')];
    await eventually(() => other.held && x.held && y.held);
    expect(await lab.leases()).toHaveLength(2);
    other.leave();
    await eventually(async () => (await lab.leases()).length === 1);
    x.leave();
    await eventually(() => x.outcomes.length === 1);
    expect(await lab.leases()).toHaveLength(1);
    y.leave();
    await eventually(async () => (await lab.leases()).length === 0);
    const again = lock(store, 'share/d', 'a');
    await eventually(() => again.held);
  });

  it('nothing is connected before it is needed', async () => {
    const { proxy, store } = await lab.behindProxy();
    expect(store.timing().ttl).toBe(2_000);
    void store.lock('share/never', { id: 'a' });
    void store.watch('share/never');
    await elapsed(200);
    expect(proxy.connections).toBe(0);
  });
});

describe('several candidates of one store in one election', () => {
  it('each has a claim of its own, and they lead in turn', async () => {
    const store = lab.store();
    const claims = ['a', 'b', 'c'].map((id) => lock(store, 'share/turns', id));
    await eventually(() => claims.every(({ states }) => states.length > 0));
    const tokens: bigint[] = [];
    for (let turn = 0; turn < claims.length; turn += 1) {
      const leaders = () => claims.filter(({ held, outcomes }) => held && outcomes.length === 0);
      await eventually(() => leaders().length === 1);
      const [leader] = leaders();
      tokens.push(leader?.token ?? 0n);
      leader?.leave();
      await eventually(() => leader?.outcomes.length === 1);
    }
    expect(tokens).toEqual([...tokens].sort((a, b) => Number(a - b)));
    expect(await lab.keys('share/turns/')).toEqual([]);
  });
});
