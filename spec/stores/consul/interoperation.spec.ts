import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { consulStore } from '../../../stores/consul/index.js';
import { Child } from '../../support/child.js';
import { ConsulServer } from '../../support/consul-server.js';
import { eventually } from '../../support/eventually.js';
import { serverFile } from '../../support/servers.js';
import { leaveAll, lock, watch } from '../records.js';

const cleanups: (() => unknown)[] = [];
let shared: ConsulServer;

beforeAll(async () => {
  shared = await ConsulServer.start();
});
afterEach(async () => {
  leaveAll();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => shared.stop());

function open() {
  const store = consulStore({ address: shared.address, ttl: 2_000 });
  cleanups.push(() => store.close());
  return store;
}

const environment = () => ({ env: { ...process.env, CONSUL_HTTP_ADDR: shared.address } });
const program = serverFile('consul/usr/bin/consul');
const run = (key: string) =>
  new Child(program, ['lock', key, 'echo begun; exec sleep 30'], environment());

it('consul lock waits behind us, and takes over', async () => {
  const ours = lock(open(), 'interop/a/.lock', 'us');
  await eventually(() => ours.held);
  const theirs = run('interop/a');
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(theirs.lines).toEqual([]);
  ours.leave();
  await theirs.until('begun', () => theirs.lines.find((line) => line === 'begun'), 10_000);
  theirs.signal('SIGINT');
  await theirs.exited;
});

it('we wait behind consul lock, see that it leads, and take over', async () => {
  const theirs = run('interop/b');
  await theirs.until('begun', () => theirs.lines.find((line) => line === 'begun'), 10_000);
  const store = open();
  const ours = lock(store, 'interop/b/.lock', 'us');
  const shown = watch(store, 'interop/b/.lock');
  await eventually(() => ours.states.length === 1);
  expect(ours.states).toEqual([{ status: 'waiting' }]);
  await eventually(() => shown.length === 1 && shown[0] !== '-');
  theirs.signal('SIGINT');
  await theirs.exited;
  await eventually(() => ours.held && shown.at(-1) === 'us', { within: 5_000 });
});
