import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { LeadershipStore } from '../../../lib/index.js';
import { consulStore } from '../../../stores/consul/index.js';
import { ConsulServer } from '../../support/consul-server.js';
import { eventually } from '../../support/eventually.js';
import { HttpFilter } from '../../support/http-filter.js';
import { TcpProxy } from '../../support/proxy.js';
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

function open(options: { readonly address?: string } = {}): LeadershipStore {
  const store = consulStore({ address: shared.address, ttl: 2_000, ...options });
  cleanups.push(() => store.close());
  return store;
}

async function sessionOn(key: string): Promise<string> {
  const [entry] = (await shared.ask<{ Session?: string }[]>('GET', `kv/${key}`)) ?? [];
  return entry?.Session ?? '';
}

it('a claim whose answer was lost leads with the token of what was written', async () => {
  const proxy = await TcpProxy.start(shared.port);
  cleanups.push(() => proxy.stop());
  const store = open({ address: `http://127.0.0.1:${proxy.port}` });
  const other = lock(store, 'lost/other', 'other');
  await eventually(() => other.held);
  const lost = proxy.loseReply('"Verb":"lock"');
  const claim = lock(store, 'lost/answer', 'one');
  await lost;
  await eventually(() => claim.held, { within: 3_000 });
  const [entry] = (await shared.ask<{ ModifyIndex: number }[]>('GET', 'kv/lost/answer')) ?? [];
  expect(claim.token).toBe(BigInt(entry?.ModifyIndex ?? 0));
});

it('a claim that was given up, and of which no answer ever came, is removed all the same', async () => {
  const proxy = await TcpProxy.start(shared.port);
  cleanups.push(() => proxy.stop());
  const store = open({ address: `http://127.0.0.1:${proxy.port}` });
  const other = lock(store, 'zombie/other', 'other');
  await eventually(() => other.held);
  const lost = proxy.loseReply('"Verb":"lock"');
  const claim = lock(store, 'zombie/one', 'one');
  claim.leave();
  const again = lock(store, 'zombie/one', 'again');
  await lost.catch(() => undefined);
  await eventually(() => again.held, { within: 3_000 });
  expect(claim.states).toEqual([]);
  expect(other.errors).toEqual([]);
});

it('a key that its session holds without a claim is given up, and can be claimed', async () => {
  const store = open();
  const other = lock(store, 'ghost/other', 'other');
  await eventually(() => other.held);
  const session = await sessionOn('ghost/other');
  await shared.ask('PUT', `kv/ghost/key?acquire=${session}&flags=3304740253564472344`, 'ghost');
  const claim = lock(store, 'ghost/key', 'one');
  const shown = watch(store, 'ghost/key');
  await eventually(() => claim.held && shown.at(-1) === 'one');
  expect(other.errors).toEqual([]);
});

it('what was never answered, and is carried out when somebody has deleted the key, holds it no longer', async () => {
  const filter = await HttpFilter.start(shared.port);
  cleanups.push(() => filter.stop());
  const store = open({ address: `http://127.0.0.1:${filter.port}` });
  const other = lock(store, 'late/other', 'other');
  await eventually(() => other.held);
  filter.mute = /\/v1\/txn/;
  const given = lock(store, 'late/key', 'one');
  await eventually(() => filter.requests.filter((line) => line.includes('/v1/txn')).length > 1);
  given.leave();
  filter.mute = undefined;
  await eventually(() => given.outcomes.length === 1, { within: 4_000 });
  expect(given.outcomes).toEqual(['released']);
  // As the first attempt would do, had it been on its way until now.
  const session = await sessionOn('late/other');
  await shared.ask('DELETE', 'kv/late/key');
  await shared.ask('PUT', `kv/late/key?acquire=${session}&flags=3304740253564472344`, 'one');
  await eventually(async () => expect(await sessionOn('late/key')).toBe(''), { within: 2_000 });
  expect(other.errors).toEqual([]);
});
