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

/**
 * A store of which another claim keeps the session alive, and whose attempts are kept on their way
 * from attempt number `from` on: the first one of each claim is for a key that is not there.
 */
async function openHeld(key: string, from = 1) {
  const filter = await HttpFilter.start(shared.port);
  cleanups.push(() => filter.stop());
  const store = open({ address: `http://127.0.0.1:${filter.port}` });
  const other = lock(store, `${key}/other`, 'other');
  await eventually(() => other.held);
  let attempts = 0;
  filter.hold = { test: (line) => line.includes('/v1/txn') && (attempts += 1) >= from };
  const given = lock(store, `${key}/key`, 'one');
  await eventually(() => filter.held > 0);
  given.leave();
  return { filter, given, other };
}

it.each(['there', 'not there'])(
  'an attempt that is carried out long after it was given up does nothing: the key was %s',
  async (state) => {
    const key = state.replace(' ', '-');
    if (state === 'there') {
      const before = lock(open(), `${key}/key`, 'before');
      await eventually(() => before.held);
      before.leave();
      await eventually(() => before.outcomes.length > 0);
    }
    const { filter, given, other } = await openHeld(key, state === 'there' ? 2 : 1);
    const attempts = filter.held;
    filter.hold = undefined; // those that come after it get through
    await eventually(() => given.outcomes.length === 1, { within: 4_000 });
    expect(given.outcomes).toEqual(['released']);
    expect(filter.held).toBe(attempts);
    filter.release();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await sessionOn(`${key}/key`)).toBe('');
    expect(other.errors).toEqual([]);
  },
);

it('one that is carried out because somebody has deleted the key holds it no longer', async () => {
  const { filter, given, other } = await openHeld('deleted');
  filter.hold = undefined;
  await eventually(() => given.outcomes.length === 1, { within: 4_000 });
  await shared.ask('DELETE', 'kv/deleted/key');
  const holders: string[] = [];
  filter.release();
  await eventually(async () => {
    const [entry] = (await shared.ask<{ LockIndex: number }[]>('GET', 'kv/deleted/key')) ?? [];
    holders.push(await sessionOn('deleted/key'));
    return entry?.LockIndex === 1 && holders.at(-1) === ''; // it was taken, and is given up
  });
  expect(other.errors).toEqual([]);
});

it('a key that was written over is not ours any more, and what was written stays', async () => {
  const claim = lock(open(), 'overwritten', 'one');
  await eventually(() => claim.held);
  await shared.ask('PUT', 'kv/overwritten', 'theirs');
  await eventually(() => claim.errors.length === 1);
  expect(claim.errors).toEqual(['claim-lost']);
  await eventually(() => claim.outcomes.length === 1);
  const [entry] = (await shared.ask<{ Value: string }[]>('GET', 'kv/overwritten')) ?? [];
  expect(Buffer.from(entry?.Value ?? '', 'base64').toString()).toBe('theirs');
});
