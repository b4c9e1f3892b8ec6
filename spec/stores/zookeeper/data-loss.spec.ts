import { afterAll, beforeAll, expect, it } from 'vitest';
import { zookeeperStore } from '../../../stores/zookeeper/index.js';
import { eventually } from '../../support/eventually.js';
import { ZooKeeperOperator } from '../../support/zookeeper-operator.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';
import { leaveAll, lock, watch } from '../records.js';

const ttl = 2_000;
let server: ZooKeeperServer;

beforeAll(async () => {
  server = await ZooKeeperServer.start();
});
afterAll(() => server.stop());

it('the server has lost its data: the term ends, and that tokens start anew is told', async () => {
  const operator = new ZooKeeperOperator(server.host);
  for (let n = 0; n < 30; n += 1) await operator.make(`/fill-${n}`);
  await operator.close();
  const store = zookeeperStore({ hosts: server.host, ttl });
  const claim = lock(store, 'world', 'one');
  const shown = watch(store, 'world');
  await eventually(() => claim.held && shown.at(-1) === 'one');
  await server.wipe();
  await eventually(() => claim.errors.length === 1, { within: 2 * ttl });
  expect(claim.errors).toEqual(['session-lost']);
  const next = lock(store, 'world', 'next');
  await eventually(() => next.held || next.errors.length > 0, { within: 3 * ttl });
  await eventually(() => [...next.errors, ...shown].some((told) => told.includes('data-lost')), {
    within: 3 * ttl,
  });
  leaveAll();
  await store.close();
});
