import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LeadershipStore } from '../../../lib/index.js';
import { consulStore, type ConsulStoreOptions } from '../../../stores/consul/index.js';
import { openStore } from '../../../stores/index.js';
import { ConsulServer } from '../../support/consul-server.js';
import { eventually } from '../../support/eventually.js';
import { HttpFilter } from '../../support/http-filter.js';
import { leaseOf, leaveAll, lock } from '../records.js';

const cleanups: (() => unknown)[] = [];
const ttl = 2_000;
/** What is taken off it. */
const margin = 200;
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
  const store = consulStore({ address: shared.address, ttl, ttlCheck: true, ...options });
  cleanups.push(() => store.close());
  return store;
}

/** A store whose requests go through a filter. */
async function openFiltered(options: Partial<ConsulStoreOptions> = {}) {
  const filter = await HttpFilter.start(shared.port);
  cleanups.push(() => filter.stop());
  return { filter, store: open({ ...options, address: `http://127.0.0.1:${filter.port}` }) };
}

/** What the agent has registered for a session, by its id. */
async function checks(server = shared): Promise<Record<string, { readonly Status: string }>> {
  return (await server.ask('GET', 'agent/checks')) ?? {};
}

/** That of the session which holds a key. */
async function checkOn(key: string): Promise<string> {
  const [entry] = (await shared.ask<{ Session: string }[]>('GET', `kv/${key}`)) ?? [];
  const path = `session/info/${entry?.Session ?? ''}`;
  const [session] = (await shared.ask<{ ServiceChecks: { ID: string }[] }[]>('GET', path)) ?? [];
  return session?.ServiceChecks[0]?.ID ?? '';
}

function count(filter: HttpFilter, what: string): number {
  return filter.requests.filter((line) => line.includes(what)).length;
}

describe('a lease that depends on a check', () => {
  it('is long as the check, though servers grant no session that short', async () => {
    const server = await ConsulServer.start({ defaultLimits: true });
    cleanups.push(() => server.stop());
    const url = `consul://127.0.0.1:${server.port}?ttl=${ttl}&ttlCheck=true`;
    const store = await openStore(url);
    cleanups.push(() => store.close());
    const lease = await leaseOf(lock(store, 'short', 'one'));
    expect(lease).toMatchObject({ ttl, margin });
    const [session] = (await server.ask<{ TTL: string; NodeChecks: [] }[]>('GET', 'session/list'))!;
    expect(session).toMatchObject({ TTL: '10000ms', NodeChecks: [] });
  });

  it.each([
    ['the agent does not pass it', '/agent/check/pass/', '/session/renew/'],
    ['the session is not renewed, though the agent answers', '/session/renew/', '/check/pass/'],
  ])(
    'ends a ttl after the last time that both were acknowledged: %s',
    async (_, lost, answered) => {
      const { filter, store } = await openFiltered({ lockDelay: 0 });
      const one = lock(store, 'both', 'one');
      const lease = await leaseOf(one);
      const two = lock(open({ lockDelay: 0 }), 'both', 'two');
      await eventually(() => two.states.length > 0);
      await sleep(ttl); // renewed meanwhile
      const sentUntil = store.clock.now();
      filter.mute = new RegExp(lost);
      const before = count(filter, answered);
      let validUntil = -Infinity;
      const look = () => {
        validUntil = Math.max(validUntil, lease.validUntil());
        return one.errors.length > 0 && { isTooEarly: two.held };
      };
      const { isTooEarly } = await eventually(look, { within: ttl, every: 10 });
      expect(validUntil).toBeLessThanOrEqual(sentUntil + ttl - margin);
      expect(isTooEarly).toBe(false);
      expect(one.errors).toEqual(['session-lost']);
      expect(count(filter, answered)).toBeGreaterThan(before);
      expect(store.clock.now()).toBeGreaterThan(sentUntil + ttl / 2);
      await eventually(() => two.held, { within: ttl });
    },
  );

  it.each([
    ['a session', false, /session\/renew/],
    ['a check', true, /check\/pass/],
  ])('counts from the sending of what is acknowledged late: %s', async (_, ttlCheck, late) => {
    const { filter, store } = await openFiltered({ ttlCheck });
    const one = lock(store, 'late', 'one');
    const lease = await leaseOf(one);
    const delay = 700;
    filter.delay = { match: late, by: delay };
    await sleep(delay); // what was acknowledged before counts no longer than what is now
    const until = performance.now() + ttl / 2;
    while (performance.now() < until) {
      const left = lease.validUntil() - store.clock.now();
      expect(left).toBeLessThanOrEqual(ttl - margin - delay + 10);
      await sleep(20);
    }
    expect(one.held).toBe(true);
  });

  it('ends at once when the agent has lost the check; nobody leads too soon', async () => {
    const one = lock(open(), 'lost', 'one');
    const lease = await leaseOf(one);
    const two = lock(open(), 'lost', 'two');
    await eventually(() => two.states.length > 0);
    const since = performance.now();
    const validUntil = lease.validUntil();
    await shared.ask('PUT', `agent/service/deregister/${await checkOn('lost')}`);
    await eventually(() => one.errors.length === 1, { within: 1_000 });
    await eventually(() => two.held, { within: ttl + 1_500 });
    expect(performance.now()).toBeGreaterThan(validUntil);
    expect(performance.now() - since).toBeGreaterThan(ttl - 100);
  });
});

describe('what lies at the agent', () => {
  it('is one service for all elections of a store, and none when it is closed', async () => {
    const store = open();
    const claims = ['a', 'b', 'c'].map((key) => lock(store, `left/${key}`, 'one'));
    await eventually(() => claims.every(({ held }) => held));
    expect(Object.keys(await checks())).toHaveLength(1);
    await store.close();
    expect(await checks()).toEqual({});
    expect(await shared.ask('GET', 'agent/services')).toEqual({});
  });

  it('is nothing of a session that could not be made', async () => {
    const { filter, store } = await openFiltered();
    filter.mute = /session\/create/;
    const claim = lock(store, 'never', 'one');
    await eventually(() => claim.errors.length > 0, { within: 2 * ttl });
    await eventually(async () => expect(await checks()).toEqual({}), { within: 2 * ttl });
  });

  it('does not hide what else runs on its node when a process has crashed', async () => {
    await shared.ask('PUT', 'agent/service/register', JSON.stringify({ Name: 'web' }));
    cleanups.push(() => shared.ask('PUT', 'agent/service/deregister/web'));
    const { filter, store } = await openFiltered();
    await leaseOf(lock(store, 'hidden', 'one'));
    filter.mute = /./;
    await eventually(
      async () => Object.values(await checks()).some(({ Status }) => Status === 'critical'),
      { within: 2 * ttl },
    );
    expect(await shared.ask('GET', 'health/service/web?passing')).toHaveLength(1);
    filter.mute = undefined;
  });
});

it('needs the right to write its service, and nothing of the node', async () => {
  const server = await ConsulServer.start({ acl: true });
  cleanups.push(() => server.stop());
  const { SecretID: root } = await eventually(
    async () => (await server.ask<{ SecretID: string }>('PUT', 'acl/bootstrap')) ?? false,
  );
  const keys = 'key_prefix "" { policy = "write" } session_prefix "" { policy = "write" }';
  const tokenFor = async (name: string, Rules: string): Promise<string> => {
    const ask = <T>(path: string, body: object) =>
      server.ask<T>('PUT', path, JSON.stringify(body), root);
    await ask('acl/policy', { Name: name, Rules });
    const made = await ask<{ SecretID: string }>('acl/token', { Policies: [{ Name: name }] });
    return made?.SecretID ?? '';
  };
  const token = await tokenFor('without', keys);
  const refused = lock(open({ address: server.address, token }), 'rights', 'one');
  await eventually(() => refused.errors.length === 1);
  expect(refused.errors, refused.messages.join()).toEqual(['access-denied']);
  const service = 'service "rx-leadership" { policy = "write" }';
  const allowed = await tokenFor('with', `${keys} ${service}`);
  const admitted = lock(open({ address: server.address, token: allowed }), 'rights', 'two');
  await leaseOf(admitted);
  await sleep(ttl);
  expect(admitted.held).toBe(true);
});

it.each([
  [{ ttlCheck: 'yes' }, "ttlCheck is 'yes', not true or false"],
  [{ ttlCheck: false, sessionTtl: 10_000 }, 'sessionTtl goes with ttlCheck'],
  [{ sessionTtl: 1_999 }, 'sessionTtl is 1999, not 2000 to 86400000 milliseconds'],
])('%j is refused at the call', (options, message) => {
  expect(() => open(options as Partial<ConsulStoreOptions>)).toThrow(message);
});
