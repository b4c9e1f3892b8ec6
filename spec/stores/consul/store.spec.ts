import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Candidate, type LeadershipStore } from '../../../lib/index.js';
import { consulStore, type ConsulStoreOptions } from '../../../stores/consul/index.js';
import { openStore } from '../../../stores/index.js';
import { makeCertificates } from '../../support/certificates.js';
import { ConsulServer, type ConsulOptions } from '../../support/consul-server.js';
import { eventually } from '../../support/eventually.js';
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

function open(options: Partial<ConsulStoreOptions> = {}): LeadershipStore {
  const store = consulStore({ address: shared.address, ttl: 2_000, ...options });
  cleanups.push(() => store.close());
  return store;
}

async function serverOf(options: ConsulOptions): Promise<ConsulServer> {
  const server = await ConsulServer.start(options);
  cleanups.push(() => server.stop());
  return server;
}

function sessions(server = shared): Promise<unknown[] | undefined> {
  return server.ask<unknown[]>('GET', 'session/list');
}

async function sessionOn(key: string): Promise<string> {
  const [entry] = (await shared.ask<{ Session?: string }[]>('GET', `kv/${key}`)) ?? [];
  return entry?.Session ?? '';
}

it('resigns fifty times, each term with a larger token, on one session', async () => {
  const candidate = new Candidate(open(), 'resign/fifty', 'underwood');
  const tokens: bigint[] = [];
  candidate.start();
  for (let round = 0; round < 50; round += 1) {
    await eventually(() => candidate.isLeader);
    tokens.push(candidate.term?.token ?? -1n);
    expect(await candidate.resign()).toEqual({ outcome: 'released' });
  }
  expect(tokens.every((token, n) => n === 0 || token > (tokens[n - 1] ?? 0n))).toBe(true);
  expect(await sessions()).toHaveLength(1);
  await candidate.stop();
}, 60_000);

describe('a lock-delay', () => {
  it('of the ttl keeps everybody out after a session was destroyed; its end is noticed', async () => {
    const first = lock(open(), 'delay/a', 'first');
    await eventually(() => first.held);
    const second = lock(open(), 'delay/a', 'second');
    await eventually(() => second.states.length > 0);
    const session = await sessionOn('delay/a');
    const since = performance.now();
    await shared.ask('PUT', `session/destroy/${session}`);
    await eventually(() => first.errors.length === 1, { within: 500 });
    await eventually(() => second.held, { within: 4_000 });
    expect(performance.now() - since).toBeGreaterThan(1_900);
    expect(performance.now() - since).toBeLessThan(3_000);
  });

  it('can be switched off', async () => {
    const options = { lockDelay: 0 };
    const first = lock(open(options), 'delay/b', 'first');
    await eventually(() => first.held);
    const second = lock(open(options), 'delay/b', 'second');
    await eventually(() => second.states.length > 0);
    const session = await sessionOn('delay/b');
    await shared.ask('PUT', `session/destroy/${session}`);
    await eventually(() => second.held, { within: 1_000 });
  });
});

it('two candidates of one session: one leads, though locks are re-entrant there', async () => {
  const store = open();
  const [one, two] = [lock(store, 'reentrant', 'one'), lock(store, 'reentrant', 'two')];
  await eventually(() => one.held && two.states.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(one.errors).toEqual([]);
  expect(two.states).toEqual([{ status: 'waiting' }]);
  expect(await sessions()).toHaveLength(1);
  one.leave();
  await eventually(() => two.held);
  expect(two.token).toBeGreaterThan(one.token ?? 0n);
});

it('a key that is used for something else is left alone, and that is said', async () => {
  await shared.ask('PUT', 'kv/foreign', 'theirs');
  const claim = lock(open(), 'foreign', 'one');
  await eventually(() => claim.errors.length === 1, { within: 4_000 });
  expect(claim.errors).toEqual(['store-refused']);
  expect(claim.messages[0]).toContain('the key "foreign" is used for something else');
  const [entry] = (await shared.ask<{ Value: string }[]>('GET', 'kv/foreign')) ?? [];
  expect(Buffer.from(entry?.Value ?? '', 'base64').toString()).toBe('theirs');
});

it('the server has lost its data: the term ends, and that tokens start anew is told', async () => {
  const server = await serverOf({});
  for (let n = 0; n < 30; n += 1) await server.ask('PUT', `kv/fill/${n}`, String(n));
  const store = open({ address: server.address });
  const claim = lock(store, 'world', 'one');
  const shown = watch(store, 'world');
  await eventually(() => claim.held && shown.at(-1) === 'one');
  await server.wipe();
  await eventually(() => claim.errors.length === 1, { within: 5_000 });
  const next = lock(store, 'world', 'next');
  await eventually(() => next.held || next.errors.length > 0, { within: 5_000 });
  expect([...next.errors, ...shown]).toContainEqual(expect.stringContaining('data-lost'));
}, 60_000);

it('the server has lost its data and is further on by now: the term ends, tokens go on', async () => {
  const server = await serverOf({});
  const proxy = await TcpProxy.start(server.port);
  cleanups.push(() => proxy.stop());
  const store = open({ address: `http://127.0.0.1:${proxy.port}` });
  const claim = lock(store, 'world', 'one');
  const shown = watch(store, 'world');
  await eventually(() => claim.held && shown.at(-1) === 'one');
  proxy.refuse();
  proxy.reset();
  await server.wipe();
  for (let n = 0; n < 60; n += 1) await server.ask('PUT', `kv/fill/${n}`, String(n));
  await proxy.accept();
  await eventually(() => claim.errors.length === 1, { within: 5_000 });
  const next = lock(store, 'world', 'next');
  await eventually(() => next.held && shown.at(-1) === 'next', { within: 5_000 });
  expect(next.token).toBeGreaterThan(claim.token ?? 0n);
  expect(shown.filter((text) => text.startsWith('!'))).toEqual([]);
}, 60_000);

describe('a server with the limits that Consul has by default', () => {
  let server: ConsulServer;
  beforeAll(async () => {
    server = await ConsulServer.start({ defaultLimits: true });
  });
  afterAll(() => server.stop());

  /** A store that holds all of these; it tells how many connections it has. */
  async function holding(keys: readonly string[]): Promise<() => number> {
    const proxy = await TcpProxy.start(server.port);
    cleanups.push(() => proxy.stop());
    const store = open({ address: `http://127.0.0.1:${proxy.port}`, ttl: 15_000 });
    const claims = keys.map((key) => lock(store, key, 'me'));
    await eventually(() => claims.every(({ held }) => held), { within: 20_000 });
    expect(await sessions(server)).toHaveLength(1);
    return () => proxy.open;
  }

  const keys = (count: number, keyOf: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => keyOf(n));

  it('holds 1,000 elections of one process on few connections', async () => {
    const connections = await holding(keys(1_000, (n) => `many/${n}`));
    expect(connections()).toBeLessThanOrEqual(102);
    // A blocking query, and one for renewals; those that were needed to get so many are closed.
    await eventually(() => connections() <= 3, { within: 15_000, every: 100 });
  }, 60_000);

  it('in many folders too', async () => {
    const connections = await holding(keys(300, (n) => `folders/${n}/x`));
    expect(connections()).toBeLessThan(180);
  }, 60_000);

  it('in no folder at all too, and each in one of its own', async () => {
    const apart = keys(300, (n) => (n % 2 === 0 ? `top-${n}` : `own-${n}/x`));
    expect((await holding(apart))()).toBeLessThan(180);
  }, 60_000);

  it('refuses a short ttl, and the error says what the limits are and what to do', async () => {
    const claim = lock(open({ address: server.address, ttl: 5_000 }), 'short', 'one');
    await eventually(() => claim.errors.length === 1, { within: 2_000 });
    expect(claim.errors).toEqual(['invalid-option']);
    expect(claim.messages[0]).toMatch(/TTL.*10s.*24h.*session_ttl_min/i);
  });

  it("takes the ttl of the original's example", async () => {
    const claim = lock(open({ address: server.address, ttl: 15_000 }), 'original', 'one');
    await eventually(() => claim.held, { within: 2_000 });
  });
});

describe('access', () => {
  it('by a token, which is shown nowhere', async () => {
    const server = await serverOf({ acl: true });
    const { SecretID: root } = await eventually(
      async () => (await server.ask<{ SecretID: string }>('PUT', 'acl/bootstrap')) ?? false,
    );
    const secret = '5e5c2f3a-1111-2222-3333-444455556666';
    const store = open({ address: server.address, token: secret });
    const refused = lock(store, 'acl', 'one');
    await eventually(() => refused.errors.length === 1);
    expect(refused.errors, refused.messages.join()).toEqual(['access-denied']);
    expect(refused.messages.join() + inspect(store, { depth: 10 })).not.toContain(secret);
    const url = `consul://127.0.0.1:${server.port}/app?ttl=2000&token=${root}`;
    const admitted = await openStore(url);
    cleanups.push(() => admitted.close());
    const claim = lock(admitted, 'acl', 'one');
    await eventually(() => claim.held);
    expect(await server.ask('GET', 'kv/app/acl', undefined, root)).toHaveLength(1);
    await expect(openStore(`${url}&nonsense=1`)).rejects.toThrow('token=***');
  });

  it('over TLS, with a private authority and a client certificate', async () => {
    const certificates = await makeCertificates();
    cleanups.push(() => certificates.remove());
    const server = await serverOf({ tls: certificates });
    const { ca, client } = certificates;
    const files = `ca=${ca.file}&cert=${client.certificate.file}&key=${client.key.file}`;
    const host = server.address.replace('https://', '');
    const store = await openStore(`consul+tls://${host}?ttl=2000&${files}`);
    cleanups.push(() => store.close());
    const claim = lock(store, 'tls', 'one');
    await eventually(() => claim.held);
    const stranger = open({ address: server.address });
    const error = lock(stranger, 'tls', 'two');
    await eventually(() => error.errors.length === 1, { within: 4_000 });
    expect(error.errors).toEqual(['store-unreachable']);
  });
});

describe('options', () => {
  const address = 'http://127.0.0.1:1';
  it.each([
    [{ address: 'http://user@host:1' }, 'address is an address with an @'],
    [{ address: '127.0.0.1:8500' }, 'address is \'127.0.0.1:8500\', not "http://host:8500"'],
    [{ address, ttl: 999 }, 'ttl is 999, not 1000 to 86400000 milliseconds'],
    [{ address, ttl: 2_000, lockDelay: 2_001 }, 'lockDelay is 2001, not 0 to 2000 milliseconds'],
    [{ address, prefix: '/x' }, "prefix is '/x'"],
    [{ address, namespace: 'n' }, 'namespace: the npm client consul cannot send it'],
  ])('%j is refused at the call', (options, message) => {
    expect(() => consulStore(options)).toThrow(message);
  });
});
