import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { consulStore, type ConsulStoreOptions } from '../../../stores/consul/index.js';
import { ConsulServer } from '../../support/consul-server.js';
import { eventually } from '../../support/eventually.js';
import { leaseOf, leaveAll, lock } from '../records.js';

const ttl = 2_000;
const cleanups: (() => unknown)[] = [];
let server: ConsulServer;

beforeAll(async () => {
  server = await ConsulServer.start();
});
afterEach(async () => {
  leaveAll();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => server.stop());

function open(options: Partial<ConsulStoreOptions> = {}) {
  const store = consulStore({ address: server.address, ttl, ...options });
  cleanups.push(() => store.close());
  return store;
}

it('a session lives on when the node of its agent is taken for dead', async () => {
  const claim = lock(open(), 'node', 'one');
  const lease = await leaseOf(claim);
  const critical = { CheckID: 'serfHealth', Name: 'serfHealth', Status: 'critical' };
  const node = { Node: 'node', Address: '127.0.0.1', SkipNodeUpdate: true, Check: critical };
  await server.ask('PUT', 'catalog/register', JSON.stringify(node));
  cleanups.push(() => {
    const passing = { ...node, Check: { ...critical, Status: 'passing' } };
    return server.ask('PUT', 'catalog/register', JSON.stringify(passing));
  });
  const before = lease.validUntil();
  await eventually(() => lease.validUntil() > before + ttl);
  expect(claim.errors).toEqual([]);
});

it('a lease ends by the time since boot when the machine has slept, and is not renewed', async () => {
  let slept = 0;
  const now = () => performance.now();
  const clock = { now, sinceBoot: () => now() + slept };
  const claim = lock(open({ clock }), 'slept', 'one');
  const lease = await leaseOf(claim);
  slept = 60_000;
  expect(lease.validUntil()).toBeLessThan(now());
  await eventually(() => claim.errors.length === 1);
  expect(claim.errors).toEqual(['session-lost']);
  // Nothing was sent after the deadline: a renewal could only keep a key without a leader.
  expect(claim.messages).toEqual([expect.stringContaining('ran out before')]);
});
