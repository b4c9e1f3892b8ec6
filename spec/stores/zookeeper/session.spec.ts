import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { momentOf, monotonicClock, monotonicScheduler } from '../../../lib/clock.js';
import { SessionLease } from '../../../lib/lease.js';
import { zookeeperStore, type ZooKeeperStoreOptions } from '../../../stores/zookeeper/index.js';
import type { Link } from '../../../stores/zookeeper/client-link.js';
import type { ConnectionListener } from '../../../stores/zookeeper/connection.js';
import { Heartbeat } from '../../../stores/zookeeper/heartbeat.js';
import { eventually } from '../../support/eventually.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';
import { leaseOf, leaveAll, lock } from '../records.js';

const cleanups: (() => unknown)[] = [];

describe('a session of ZooKeeper', () => {
  let server: ZooKeeperServer;

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
  });
  afterEach(async () => {
    leaveAll();
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  afterAll(() => server.stop());

  const open = (options: Partial<ZooKeeperStoreOptions>) => {
    const store = zookeeperStore({ hosts: server.host, ttl: 2_000, ...options });
    cleanups.push(() => store.close());
    return store;
  };

  it('lasts as long as the server grants', async () => {
    const { ttl, margin } = await leaseOf(lock(open({ ttl: 100_000 }), 'session/long', 'one'));
    expect({ ttl, margin }).toEqual({ ttl: 60_000, margin: 6_000 });
  });

  it('ends by the time since boot when the machine has slept, and is not renewed', async () => {
    let slept = 0;
    const now = () => performance.now();
    const clock = { now, sinceBoot: () => now() + slept };
    const claim = lock(open({ clock }), 'session/slept', 'one');
    const lease = await leaseOf(claim);
    slept = 60_000;
    expect(lease.validUntil()).toBeLessThan(now());
    await eventually(() => claim.errors.length === 1);
    expect(claim.errors).toEqual(['session-lost']);
    // Nothing was sent after the deadline: a renewal could only keep a key without a leader.
    expect(claim.messages).toEqual([expect.stringContaining('ran out before')]);
  });
});

it('a session of which another server grants less is given up', () => {
  const asked = momentOf(monotonicClock);
  const timing = { ttl: 2_000, margin: 200, gap: 1_500 };
  const lease = new SessionLease(timing, asked, monotonicClock, monotonicScheduler);
  let listener: ConnectionListener | undefined;
  const connection = {
    ...{ asked, timeout: 2_000, roundTrip: 1, link: undefined },
    give: () => undefined,
    listen: (given: ConnectionListener) => ((listener = given), () => undefined),
  };
  const gone: string[] = [];
  const heartbeat = new Heartbeat({
    ...{ connection, lease, scheduler: monotonicScheduler, clock: monotonicClock },
    gone: ({ code, message }) => gone.push(code, message),
  });
  cleanups.push(() => heartbeat.stop());
  const link = { check: () => new Promise(() => undefined) } as unknown as Link;
  listener?.linked(link);
  expect(gone).toEqual([]);
  connection.timeout = 1_999;
  listener?.linked(link);
  expect(gone).toEqual(['session-lost', expect.stringContaining('only 1999 ms')]);
});
