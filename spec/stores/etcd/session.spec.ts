import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Lease, LeaseState, LeadershipStore } from '../../../lib/contract.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { eventually } from '../../support/eventually.js';
import { lock, type LockRecord } from '../records.js';
import { Laboratory } from './fixture.js';

let server: EtcdServer;
let lab: Laboratory;

beforeAll(async () => {
  server = await EtcdServer.start();
  lab = new Laboratory(server);
});
afterEach(async () => {
  server.thaw();
  await lab.clear();
});
afterAll(() => server.stop());

/** Waits until it leads, and records what its lease says from then on. */
async function lead(store: LeadershipStore, key: string) {
  const leader = lock(store, key, 'leader');
  await eventually(() => leader.held);
  const lease = leaseOf(leader);
  const states: LeaseState[] = [];
  lease.state$.subscribe((state) => states.push(state));
  return { leader, lease, states };
}

function leaseOf({ states }: LockRecord): Lease {
  const held = states.find((state) => state.status === 'held');
  if (held?.status !== 'held') throw new Error('not held');
  return held.lease;
}

const now = () => performance.now();

async function elapsed(ms: number): Promise<void> {
  const since = now();
  await eventually(() => now() - since >= ms, { within: ms + 1_000 });
}

describe('a lease', () => {
  it('counts from the send of the grant, with the margin off, and moves with each renewal', async () => {
    const sent = now();
    const { lease } = await lead(lab.store(), 's/count');
    expect(lease).toMatchObject({ ttl: 2_000, margin: 200, gap: 1_000 });
    expect(lease.validUntil()).toBeGreaterThan(sent + 1_800);
    expect(lease.validUntil()).toBeLessThan(now() + 1_800);
    await elapsed(2_500);
    expect(lease.validUntil()).toBeGreaterThan(now() + 1_000);
    expect(lease.validUntil()).toBeLessThanOrEqual(now() + 1_800);
  });

  it('is as long as the server grants, not as was asked', async () => {
    const slow = await EtcdServer.start({ electionTimeout: 3_000, heartbeat: 300 });
    const store = lab.store({ hosts: slow.url, ttl: 1_000 });
    const { lease, leader } = await lead(store, 's/granted');
    expect(lease).toMatchObject({ ttl: 5_000, margin: 500, gap: 2_500 });
    leader.leave();
    await store.close();
    await slow.stop();
  });

  it('rule 1: counts from the send when answers are late, not from when they come', async () => {
    const { proxy, store } = await lab.behindProxy();
    proxy.down.delay = 400;
    const { lease } = await lead(store, 's/late');
    const samples: number[] = [];
    const since = now();
    await eventually(() => {
      samples.push(lease.validUntil() - now());
      return now() - since > 2_500;
    });
    expect(Math.max(...samples)).toBeLessThanOrEqual(1_400);
  });

  it('rule 3: ends at its deadline when nothing is answered, and nothing revives it', async () => {
    const { proxy, store } = await lab.behindProxy();
    const { leader, lease, states } = await lead(store, 's/hole');
    const renewed = lease.validUntil();
    await eventually(() => lease.validUntil() > renewed);
    proxy.blackhole();
    const until = lease.validUntil();
    await eventually(() => states.includes('suspended'));
    expect(now()).toBeLessThan(until - 1_800 + 500 + 250 + 100);
    await eventually(() => leader.errors.length === 1);
    expect(leader.errors).toEqual(['session-lost']);
    expect(now()).toBeGreaterThanOrEqual(until - 1);
    expect(now()).toBeLessThan(until + 150);
    proxy.heal();
    await elapsed(500);
    expect(states).toEqual(['live', 'suspended', 'over']);
    expect(lease.validUntil()).toBeLessThanOrEqual(until + 150);
    await eventually(async () => (await lab.leases()).length === 0);
  });

  it('rule 3: a session whose answers are lost is not renewed any more, so others can lead', async () => {
    const { proxy, store } = await lab.behindProxy();
    const { leader, lease } = await lead(store, 's/answers');
    const next = lock(lab.store(), 's/answers', 'next');
    await eventually(() => next.states.length === 1);
    proxy.down.mode = 'drop';
    const until = lease.validUntil();
    await eventually(() => next.held, { within: 6_000 });
    expect(leader.errors).toEqual(['session-lost']);
    expect(now()).toBeGreaterThan(until);
    expect(now() - until).toBeLessThan(2_700);
  });

  it('rule 3: an acknowledgement that comes after the deadline is none', async () => {
    const { proxy, store } = await lab.behindProxy();
    const { leader, lease, states } = await lead(store, 's/too-late');
    proxy.down.mode = 'hold';
    await eventually(() => leader.errors.length === 1);
    const until = lease.validUntil();
    proxy.heal();
    await elapsed(600);
    expect(lease.validUntil()).toBeCloseTo(until);
    expect(states.at(-1)).toBe('over');
    expect(leader.states).toHaveLength(1);
  });

  it('goes on through a silence shorter than itself, on the same term', async () => {
    const { proxy, store } = await lab.behindProxy();
    const { leader, lease, states } = await lead(store, 's/short');
    for (let round = 0; round < 3; round += 1) {
      proxy.blackhole();
      await elapsed(900);
      proxy.heal();
      await eventually(() => lease.validUntil() - now() > 1_500);
    }
    expect(leader.errors).toEqual([]);
    expect(states.filter((state) => state === 'over')).toEqual([]);
    expect(states.slice(0, 3)).toEqual(['live', 'suspended', 'live']);
  });

  it('goes on when the present connection is dead for good, on a new one', async () => {
    const { proxy, store } = await lab.behindProxy();
    const { leader, lease } = await lead(store, 's/dead');
    const healthy = proxy.connections;
    for (const lane of [...proxy.up.lanes, ...proxy.down.lanes]) lane.ownMode = 'hold';
    await elapsed(2_500);
    expect(leader.errors).toEqual([]);
    expect(lease.validUntil()).toBeGreaterThan(now() + 1_000);
    expect(proxy.connections).toBeGreaterThan(healthy);
    await eventually(async () => (await lab.keys('s/dead/')).length === 1);
  });

  it('goes on over resets, each at once', async () => {
    const { proxy, store } = await lab.behindProxy();
    const { leader, lease } = await lead(store, 's/flap');
    for (let round = 0; round < 20; round += 1) {
      proxy.reset();
      await elapsed(100);
    }
    await eventually(() => lease.validUntil() - now() > 1_200);
    expect(leader.errors).toEqual([]);
    expect(await lab.keys('s/flap/')).toHaveLength(1);
  });

  it('goes on when the network is slow, half a ttl for a round trip', async () => {
    const { proxy, store } = await lab.behindProxy();
    const { leader } = await lead(store, 's/slow');
    proxy.up.delay = 500;
    proxy.down.delay = 500;
    await elapsed(5_000);
    expect(leader.errors).toEqual([]);
    expect(proxy.connections).toBeLessThan(40);
  });

  it('survives a restart of the server within the ttl', async () => {
    const { leader, lease } = await lead(lab.store({ ttl: 5_000 }), 's/restart');
    await server.restart();
    await eventually(() => lease.validUntil() - now() > 4_000);
    expect(leader.errors).toEqual([]);
  });

  it('ends at once when the store says that it is gone', async () => {
    const { leader, lease, states } = await lead(lab.store(), 's/revoked');
    const [id = ''] = await lab.leases();
    await etcdctl(['lease', 'revoke', id], server);
    await eventually(() => leader.errors.length === 1, { within: 700 });
    expect(['session-lost', 'claim-lost']).toContain(leader.errors[0]);
    await eventually(() => states.at(-1) === 'over', { within: 700 });
    expect(lease.validUntil()).toBeLessThanOrEqual(now());
  });

  it('ends by the time since boot, when the machine has slept', async () => {
    let slept = 0;
    const clock = { now, sinceBoot: () => now() + slept };
    const { leader, lease } = await lead(lab.store({ clock }), 's/slept');
    slept = 60_000;
    expect(lease.validUntil()).toBeLessThan(now());
    await eventually(() => leader.errors.length === 1);
    expect(leader.errors).toEqual(['session-lost']);
    // Nothing was sent after the deadline: a renewal could only keep a key without a leader.
    expect(leader.messages).toEqual([expect.stringContaining('ran out before')]);
  });
});

describe('trap 1: without a deadline, a call on a frozen server hangs until the thaw', () => {
  it('a claim that cannot be staked within the ttl is told so, and is gone after the thaw', async () => {
    const store = lab.store();
    const before = lock(store, 's/other', 'before');
    await eventually(() => before.held);
    server.freeze();
    const since = now();
    const late = lock(store, 's/frozen', 'late');
    await eventually(() => late.errors.length === 1);
    expect(now() - since).toBeLessThan(2_200);
    expect(['store-unreachable', 'session-lost']).toContain(late.errors[0]);
    await eventually(() => late.outcomes.length === 1, { within: 3_000 });
    server.thaw();
    await eventually(async () => (await lab.keys('s/')).length === 0);
  });

  it('a claim is told so too when the server is down from the start', async () => {
    const { proxy, store } = await lab.behindProxy();
    proxy.refuse();
    const since = now();
    const late = lock(store, 's/down', 'late');
    await eventually(() => late.outcomes.length === 1);
    expect(late.errors).toEqual(['store-unreachable']);
    expect(now() - since).toBeGreaterThan(1_950);
    expect(now() - since).toBeLessThan(2_300);
  });
});
