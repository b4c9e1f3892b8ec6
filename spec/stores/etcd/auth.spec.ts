import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { monotonicScheduler } from '../../../lib/clock.js';
import type { LeadershipStore } from '../../../lib/contract.js';
import { Connection } from '../../../stores/etcd/connection.js';
import { Watches } from '../../../stores/etcd/watches.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { eventually } from '../../support/eventually.js';
import { contenders, lock, watch } from '../records.js';
import { Laboratory } from './fixture.js';

const auth = { username: 'app', password: 'p@ss:s3cret', prefix: 'app/', tokenTtl: 2_000 };
let server: EtcdServer;
let lab: Laboratory;

beforeAll(async () => {
  server = await EtcdServer.start({ auth });
  lab = new Laboratory(server);
});
afterEach(() => lab.clear());
afterAll(() => server.stop());

const credentials = { username: auth.username, password: auth.password };
const open = (options = {}): LeadershipStore =>
  lab.store({ auth: credentials, prefix: 'app/', ...options });

async function elapsed(ms: number): Promise<void> {
  const since = performance.now();
  await eventually(() => performance.now() - since >= ms, { within: ms + 1_000 });
}

/** What an error gives away when it is printed, logged or sent. */
async function failureOf(store: LeadershipStore, key: string) {
  const error = await new Promise<unknown>((resolve) => {
    store.lock(key, { id: 'a' }).subscribe({ error: resolve });
  });
  const parts = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error)];
  if (error instanceof Error) parts.push(error.message, String(error.stack), String(error.cause));
  return { error, shown: parts.join('\n') };
}

it('trap 4: an expired token of a login stops neither locks nor watches nor their streams', async () => {
  const store = open();
  const [shown, queue] = [watch(store, 'a'), contenders(store, 'a')];
  const leader = lock(store, 'a', 'one');
  await eventually(() => leader.held && shown.at(-1) === 'one');
  await elapsed(5_000); // the token has been forgotten by the server
  const waiter = lock(store, 'a', 'two');
  await eventually(() => waiter.states.length === 1);
  const late = watch(store, 'b'); // a watch more on the old stream
  await eventually(() => late.length === 1);
  const other = lock(store, 'b', 'three');
  await eventually(() => late.at(-1) === 'three' && other.held);
  await eventually(() => queue.at(-1) === 'one,two');
  leader.leave();
  await eventually(() => waiter.held && shown.at(-1) === 'two');
  expect(leader.errors.concat(waiter.errors)).toEqual([]);
});

it('trap 4: a refused watch is an error of its own, and jams no other', async () => {
  const store = lab.store({ auth: credentials });
  const fine = watch(store, 'app/fine');
  const refused = watch(store, 'elsewhere');
  await eventually(() => refused.length === 1 && fine.length === 1);
  expect(refused).toEqual(['!access-denied']);
  const after = watch(store, 'app/after');
  const leader = lock(store, 'app/fine', 'one');
  await eventually(() => after.length === 1 && fine.at(-1) === 'one' && leader.held);
  expect(fine).toEqual(['-', 'one']);
});

it.each([
  ['a key without rights', () => open({ prefix: '' }), 'elsewhere'],
  ['a wrong password', () => open({ auth: { username: 'app', password: 's3cret-2' } }), 'a'],
  ['an unknown user', () => open({ auth: { username: 'who', password: 's3cret-3' } }), 'a'],
  ['no credentials', () => lab.store(), 'app/a'],
])('%s is access-denied, and nothing shows the password', async (_what, make, key) => {
  const { error, shown } = await failureOf(make(), key);
  expect(error).toMatchObject({ code: 'access-denied', retryable: false });
  expect(shown).not.toMatch(/s3cret/);
});

it('a refused claim ends at once, and does no harm to the others of its session', async () => {
  const store = lab.store({ auth: credentials });
  const other = lock(store, 'app/other', 'one');
  await eventually(() => other.held);
  const refused = lock(store, 'elsewhere', 'one');
  await eventually(() => refused.outcomes.length === 1, { within: 500 });
  expect(refused.errors).toEqual(['access-denied']);
  expect(refused.outcomes).toEqual(['released']);
  await elapsed(4_500);
  expect(other.errors).toEqual([]);
});

it('goes on after the server was restarted and has forgotten all logins', async () => {
  const store = open({ ttl: 5_000 });
  const shown = watch(store, 'restart');
  const leader = lock(store, 'restart', 'one');
  await eventually(() => leader.held && shown.at(-1) === 'one');
  await server.restart();
  const waiter = lock(store, 'restart', 'two');
  await eventually(() => waiter.states.length === 1);
  leader.leave();
  await eventually(() => waiter.held && shown.at(-1) === 'two');
  expect(leader.errors).toEqual([]);
});

it('rule 10: a claim that it may not remove any more ends with its session, and holds no key for ever', async () => {
  const store = open();
  const owed = lock(store, 'revoked', 'one');
  const other = lock(store, 'other', 'one');
  await eventually(() => owed.held && other.held);
  await etcdctl(['role', 'revoke-permission', '--prefix=true', 'user', 'app/'], server);
  owed.leave();
  await eventually(() => owed.outcomes.length === 1, { within: 4_000 });
  expect(owed.outcomes).toEqual(['abandoned']);
  await eventually(() => other.errors.length === 1, { within: 4_000 });
  await eventually(async () => (await lab.keys('app/')).length === 0, { within: 4_000 });
  await etcdctl(['role', 'grant-permission', '--prefix=true', 'user', 'readwrite', 'app/'], server);
  const next = lock(store, 'revoked', 'next');
  await eventually(() => next.held);
});

it('a watch that was ended says nothing more, also when the login of its stream had expired', async () => {
  const connection = new Connection({ hosts: server.url, auth: credentials }, monotonicScheduler);
  const watches = new Watches(connection, 60_000);
  const said: string[] = [];
  const read = () =>
    connection.call('read', 1_000, (client, options) =>
      client.kv.range({ key: Buffer.from('app/own') }, options),
    );
  const watchFrom = (name: string, from: bigint, broken?: () => void) =>
    watches.watch(
      { key: Buffer.from(`app/${name}`), from },
      {
        live: () => said.push(`${name} live`),
        events: () => said.push(`${name} event`),
        broken: () => {
          said.push(`${name} broken`);
          broken?.();
        },
      },
    );
  watchFrom('first', BigInt((await read()).header.revision) + 1n);
  await eventually(() => said.length === 1);
  await elapsed(4_500); // the token of the stream has expired
  const from = BigInt((await read()).header.revision) + 1n;
  const stops = ['own', 'front'].map((name) =>
    watchFrom(name, from, () => {
      for (const stop of stops) stop();
    }),
  );
  await eventually(() => said.length > 2);
  await lab.put('app/own', 'x');
  await lab.put('app/front', 'x');
  await elapsed(300);
  expect(said).toEqual(['first live', 'own broken', 'first broken']);
  watches.close();
  connection.close();
});
