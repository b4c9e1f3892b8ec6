import { afterEach, beforeEach, expect, it } from 'vitest';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import { TcpProxy } from '../../support/proxy.js';
import { contenders, lock, watch } from '../records.js';
import { Laboratory } from './fixture.js';

let server: EtcdServer;
let lab: Laboratory;

beforeEach(async () => {
  server = await EtcdServer.start();
  lab = new Laboratory(server);
});
afterEach(async () => {
  await lab.clear();
  await server.stop();
});

it('rule 9: a store that lost its data is told once, before a smaller token is given out', async () => {
  const store = lab.store();
  for (let n = 0; n < 20; n += 1) await lab.put('fill', String(n));
  const first = lock(store, 'lost/a', 'one');
  const shown = watch(store, 'lost/a');
  await eventually(() => first.held && shown.at(-1) === 'one');
  await server.wipe();
  await eventually(() => first.errors.length === 1);
  await eventually(() => shown.at(-1) === '!data-lost');
  const codes: string[] = [...first.errors];
  let again = lock(store, 'lost/a', 'one');
  await eventually(() => {
    if (again.errors.length > 0) {
      codes.push(...again.errors);
      again = lock(store, 'lost/a', 'one');
    }
    return again.held;
  });
  expect(again.token).toBeLessThan(first.token ?? 0n);
  // By whichever request it is noticed first: it is told to everybody who is there.
  expect(codes.concat(shown.map((state) => state.slice(1)))).toContain('data-lost');
  expect(codes.filter((code) => code === 'data-lost').length).toBeLessThanOrEqual(1);
  const seen = watch(store, 'lost/a');
  await eventually(() => seen.at(-1) === 'one');
  expect(seen.filter((state) => state.startsWith('!'))).toEqual([]);
});

it('rule 9: a candidate alone is told too', async () => {
  const store = lab.store();
  for (let n = 0; n < 20; n += 1) await lab.put('fill', String(n));
  const first = lock(store, 'lost/b', 'one');
  await eventually(() => first.held);
  await server.wipe();
  const codes: string[] = [];
  await eventually(() => first.errors.length === 1);
  codes.push(...first.errors);
  let again = lock(store, 'lost/b', 'one');
  await eventually(() => {
    if (again.errors.length > 0) {
      codes.push(...again.errors);
      again = lock(store, 'lost/b', 'one');
    }
    return again.held;
  });
  expect(codes.filter((code) => code === 'data-lost')).toHaveLength(1);
});

it('rule 9: a candidate that was away when it was noticed is told when it is back', async () => {
  const store = lab.store();
  for (let n = 0; n < 20; n += 1) await lab.put('fill', String(n));
  const first = lock(store, 'lost/away', 'one');
  await eventually(() => first.held);
  first.leave();
  await eventually(() => first.outcomes.length === 1);
  const shown = watch(store, 'lost/elsewhere');
  await eventually(() => shown.length === 1);
  await server.wipe();
  await eventually(() => shown.at(-1) === '!data-lost');
  const back = lock(store, 'lost/away', 'one');
  await eventually(() => back.errors.length === 1);
  expect([back.states, back.errors]).toEqual([[], ['data-lost']]);
  const again = lock(store, 'lost/away', 'one');
  await eventually(() => again.held);
});

it('another cluster among the hosts is told, in place of its data', async () => {
  const other = await EtcdServer.start();
  const proxies = [await TcpProxy.start(server.port), await TcpProxy.start(other.port)];
  const store = lab.store({ hosts: proxies.map(({ port }) => `http://127.0.0.1:${port}`) });
  const [shown, queue] = [watch(store, 'lost/c'), contenders(store, 'lost/c')];
  await eventually(() => shown.length === 1 && queue.length === 1);
  const present = proxies.find(({ connections }) => connections > 0);
  present?.refuse();
  present?.reset();
  await eventually(() => shown.at(-1) === '!data-lost');
  expect(queue).toEqual(['', '!data-lost']);
  await store.close();
  for (const proxy of proxies) proxy.stop();
  await other.stop();
});
