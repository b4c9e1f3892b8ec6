import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LeadershipStore, Lease } from '../../../lib/contract.js';
import { zookeeperStore } from '../../../stores/zookeeper/index.js';
import { eventually } from '../../support/eventually.js';
import { TcpProxy } from '../../support/proxy.js';
import { ZooKeeperEnsemble } from '../../support/zookeeper-ensemble.js';
import type { ZooKeeperServer } from '../../support/zookeeper-server.js';
import { leaveAll, lock, type LockRecord } from '../records.js';

const ttl = 2_000;
const key = 'ensemble/key';

describe('on an ensemble of three', () => {
  let ensemble: ZooKeeperEnsemble;
  const cleanups: (() => unknown)[] = [];

  beforeAll(async () => {
    ensemble = await ZooKeeperEnsemble.start();
  });
  afterEach(async () => {
    leaveAll();
    ensemble.heal();
    for (const member of ensemble.members) if (!member.isRunning) await member.launch();
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    await ensemble.inOrder();
  });
  afterAll(() => ensemble.stop());

  const open = (hosts: readonly string[]): LeadershipStore => {
    const store = zookeeperStore({ hosts, ttl });
    cleanups.push(() => store.close());
    return store;
  };

  /** One who leads at `home`, and may go to `others`; all of them are proxied. */
  const leading = async (home: ZooKeeperServer, ...others: readonly ZooKeeperServer[]) => {
    const [at, ...beside] = await Promise.all(
      [home, ...others].map(({ port }) => TcpProxy.start(port)),
    );
    for (const proxy of [at!, ...beside]) cleanups.push(() => proxy.stop());
    for (const proxy of beside) proxy.refuse();
    const store = open([at!, ...beside].map(({ port }) => `127.0.0.1:${port}`));
    const record = lock(store, key, 'first');
    await eventually(() => record.held, { within: 10_000 });
    for (const proxy of beside) await proxy.accept();
    return { store, record, at: at!, lease: leaseOf(record) };
  };

  /** How long after the end of `lease` somebody else leads, who waits at `members`. */
  const marginOf = async (
    lease: Lease,
    members: readonly ZooKeeperServer[],
    fault: () => Promise<void>,
  ): Promise<number> => {
    const store = open(members.map(({ host }) => host));
    let heldAt: number | undefined;
    const record = lock(store, key, 'second', {}, (state) => {
      if (state.status === 'held') heldAt = store.clock.now();
    });
    await eventually(() => record.states.length > 0);
    let until = -Infinity;
    const look = () => (until = Math.max(until, lease.validUntil()));
    const looking = setInterval(look, 5);
    await fault();
    look();
    await eventually(() => heldAt !== undefined, { within: 4 * ttl });
    clearInterval(looking);
    return heldAt! - until;
  };

  it('the lease of a candidate whose follower is killed is over before another one leads', async () => {
    const [follower, ...others] = await ensemble.inOrder();
    const { lease } = await leading(follower!);
    const margin = await marginOf(lease, others, async () => {
      await sleep(1.3 * ttl);
      await follower!.kill();
    });
    expect(margin).toBeGreaterThan(0);
  });

  it('the same when a slow network brought two renewals to the follower at once', async () => {
    const [follower, ...others] = await ensemble.inOrder();
    const { lease, at, store } = await leading(follower!);
    const { up } = at;
    const margin = await marginOf(lease, others, async () => {
      await sleep(ttl / 2);
      await nextOn(up);
      const renewed = store.clock.now();
      await sleep(20);
      up.mode = 'hold';
      await sleep(renewed + ttl / 4 - 30 - store.clock.now());
      up.mode = 'pass';
      await nextOn(up);
      await sleep(5); // its answer
      ensemble.cutOff(follower!);
    });
    expect(margin).toBeGreaterThan(0);
  });

  it('the same right after the session has moved to that follower, far from the leader', async () => {
    const [home, next, leader] = await ensemble.inOrder();
    const { lease, at, store } = await leading(home!, next!);
    const margin = await marginOf(lease, [home!, leader!], async () => {
      await sleep(ttl / 2);
      ensemble.slowDown(next!, 100);
      at.refuse();
      at.reset();
      const lost = store.clock.now();
      await eventually(() => lease.validUntil() > lost + 0.7 * ttl, { every: 1 });
      ensemble.cutOff(next!);
    });
    expect(margin).toBeGreaterThan(0);
  });

  it.each(['killed', 'cut off from the others'])(
    'a term goes on at another server when the connected one is %s',
    async (fault) => {
      const [home, ...others] = await ensemble.inOrder();
      const { record, lease, store } = await leading(home!, ...others);
      if (fault === 'killed') await home!.kill();
      else ensemble.cutOff(home!);
      await sleep(1.5 * ttl);
      expect(record.errors).toEqual([]);
      expect(lease.validUntil()).toBeGreaterThan(store.clock.now());
    },
  );
});

function leaseOf({ states }: LockRecord): Lease {
  const held = states.find((state) => state.status === 'held');
  if (held === undefined) throw new Error('it does not lead');
  return held.lease;
}

/** Resolves when something has passed. */
async function nextOn(direction: TcpProxy['up']): Promise<void> {
  const { bytes } = direction;
  await eventually(() => direction.bytes > bytes, { every: 1 });
}
