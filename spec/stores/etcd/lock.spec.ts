import { filter, firstValueFrom, timeout } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClaimState, LeadershipStore } from '../../../lib/contract.js';
import { etcdStore } from '../../../stores/etcd/index.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { eventually } from '../../support/eventually.js';

let server: EtcdServer;
const stores: LeadershipStore[] = [];

beforeAll(async () => {
  server = await EtcdServer.start();
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await server.stop();
});

function open(): LeadershipStore {
  const store = etcdStore({ hosts: server.url, ttl: 2_000 });
  stores.push(store);
  return store;
}

it('holds an election at once when nobody else is there, with the create revision as token', async () => {
  const states: ClaimState[] = [];
  const outcomes: string[] = [];
  const claim = open()
    .lock('first', { id: 'a', data: 'x', settled: ({ outcome }) => outcomes.push(outcome) })
    .subscribe((state) => states.push(state));
  await eventually(() => states.length > 0);
  expect(states).toMatchObject([{ status: 'held' }]);
  const shown = await etcdctl(['get', '--prefix', 'first/'], server);
  expect(shown).toContain('a\0x');
  claim.unsubscribe();
  expect(outcomes).toEqual([]);
  await eventually(() => outcomes.length > 0);
  expect(outcomes).toEqual(['released']);
  expect(await etcdctl(['get', '--prefix', 'first/'], server)).toBe('');
  await eventually(async () => (await etcdctl(['lease', 'list'], server)) === 'found 0 leases');
});

it('waits for the one in front, and holds the election after it left', async () => {
  const [one, two] = [open(), open()];
  const held = (store: LeadershipStore, id: string) =>
    store.lock('queue', { id }).pipe(
      filter((state) => state.status === 'held'),
      timeout(1_500),
    );
  const first = one.lock('queue', { id: 'one' }).subscribe();
  await eventually(async () => (await etcdctl(['get', '--prefix', 'queue/'], server)) !== '');
  const states: ClaimState[] = [];
  const second = two.lock('queue', { id: 'two' }).subscribe((state) => states.push(state));
  await eventually(() => states.length === 1);
  expect(states).toEqual([{ status: 'waiting', ahead: 1 }]);
  const third = firstValueFrom(held(one, 'three'));
  first.unsubscribe();
  await eventually(() => states.length === 2);
  expect(states[1]).toMatchObject({ status: 'held' });
  second.unsubscribe();
  expect((await third).status).toBe('held');
});

it('keeps its lease for longer than the ttl', async () => {
  const states: ClaimState[] = [];
  const errors: unknown[] = [];
  const store = open();
  store.lock('kept', { id: 'a' }).subscribe({
    next: (state) => states.push(state),
    error: (error: unknown) => errors.push(error),
  });
  await eventually(() => states.length > 0);
  const since = performance.now();
  await eventually(() => performance.now() - since > 4_000);
  expect({ states, errors }).toMatchObject({ states: [{ status: 'held' }], errors: [] });
});
