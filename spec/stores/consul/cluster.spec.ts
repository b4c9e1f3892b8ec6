import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LeadershipStore } from '../../../lib/index.js';
import { consulStore } from '../../../stores/consul/index.js';
import { ConsulCluster } from '../../support/consul-cluster.js';
import type { ConsulServer } from '../../support/consul-server.js';
import { eventually } from '../../support/eventually.js';
import { leaveAll, leaseOf, lock, type LockRecord } from '../records.js';

const ttl = 2_000;
const sessionTtl = 2_000;
let cluster: ConsulCluster;
const stores: LeadershipStore[] = [];

beforeAll(async () => {
  cluster = await ConsulCluster.start();
});
afterAll(async () => {
  leaveAll();
  await Promise.all(stores.map((store) => store.close()));
  await cluster.stop();
});

function open(address: string, ttlCheck: boolean): LeadershipStore {
  const store = consulStore({ address, ttl, ...(ttlCheck && { ttlCheck, sessionTtl }) });
  stores.push(store);
  return store;
}

interface Pair {
  readonly agent: ConsulServer;
  readonly leader: LockRecord;
  readonly other: LockRecord;
  /** Resolves when the other one leads; it must not before the term of the leader is over. */
  readonly handedOver: Promise<void>;
}

/** A leader at an agent, and one that waits at the server. */
async function pair(key: string, ttlCheck: boolean): Promise<Pair> {
  const agent = await cluster.agent();
  const store = open(agent.address, ttlCheck);
  const leader = lock(store, key, 'leader');
  const lease = await leaseOf(leader);
  const other = lock(open(cluster.server.address, ttlCheck), key, 'other');
  await eventually(() => other.states.length > 0);
  let sure = -Infinity;
  const look = () => {
    const now = store.clock.now();
    if (now < lease.validUntil()) sure = now;
    return other.held && { since: now - sure };
  };
  const handedOver = eventually(look, { within: 15_000, every: 10 }).then(({ since }) => {
    expect(since, 'milliseconds since the leader was sure').toBeGreaterThan(200);
    expect(leader.errors, leader.messages.join()).toEqual(['session-lost']);
  });
  return { agent, leader, other, handedOver };
}

/** How long a session may last of which nobody hears any more, and for how long its key is closed. */
const bound = 2 * sessionTtl + ttl + 1_500;

async function within(bound: number, event: Promise<unknown>): Promise<void> {
  const since = performance.now();
  await event;
  expect(performance.now() - since).toBeLessThan(bound);
}

const leases = [
  ['a session', false],
  ['a TTL check', true],
] as const;

describe("the leader's agent", () => {
  it.concurrent.each(leases)('is lost for good: %s', async (name, ttlCheck) => {
    const { agent, handedOver } = await pair(`${name}/lost`, ttlCheck);
    await agent.kill();
    await within(bound, handedOver);
  });

  it.concurrent.each(leases)(
    'is frozen, and goes on when another one leads: %s',
    async (name, ttlCheck) => {
      const { agent, leader, other, handedOver } = await pair(`${name}/frozen`, ttlCheck);
      agent.freeze();
      await within(bound, handedOver);
      agent.thaw();
      await sleep(ttl / 2);
      expect(leader.errors).toHaveLength(1);
      expect(other.held).toBe(true);
    },
  );

  it('is cut off from the servers', async () => {
    const pairs = await Promise.all(
      leases.map(([name, ttlCheck]) => pair(`${name}/cut`, ttlCheck)),
    );
    cluster.network.blackhole();
    await Promise.all(pairs.map(({ handedOver }) => within(bound, handedOver)));
    cluster.network.heal();
  });
});
