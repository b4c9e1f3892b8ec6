import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { monotonicScheduler } from '../../../lib/clock.js';
import { Connection } from '../../../stores/etcd/connection.js';
import { EtcdStake } from '../../../stores/etcd/stake.js';
import { Watches } from '../../../stores/etcd/watches.js';
import { electionKeys } from '../../../stores/etcd/wire.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { eventually } from '../../support/eventually.js';
import { lock } from '../records.js';
import { Laboratory } from './fixture.js';

let server: EtcdServer;
let lab: Laboratory;

beforeAll(async () => {
  server = await EtcdServer.start();
  lab = new Laboratory(server);
});
afterEach(() => lab.clear());
afterAll(() => server.stop());

const now = () => performance.now();

/** Holds for so long, looked at all the time. */
async function always(ms: number, check: () => void): Promise<void> {
  const since = now();
  await eventually(
    () => {
      check();
      return now() - since >= ms;
    },
    { within: ms + 1_000 },
  );
}

async function queued(key: string, ids: readonly string[]) {
  const claims = [];
  for (const id of ids) {
    const claim = lock(lab.store(), key, id);
    await eventually(() => claim.states.length === 1);
    claims.push(claim);
  }
  return claims as [ReturnType<typeof lock>, ReturnType<typeof lock>, ReturnType<typeof lock>];
}

describe('rule 5: a term starts with a proof', () => {
  it('the departure of one of several in front is no reason to lead', async () => {
    const [first, second, third] = await queued('r5/three', ['one', 'two', 'three']);
    expect(third.states).toEqual([{ status: 'waiting', ahead: 2 }]);
    second.leave();
    await eventually(() => third.states.length === 2);
    expect(third.states[1]).toEqual({ status: 'waiting', ahead: 1 });
    await always(300, () => expect(third.held).toBe(false));
    first.leave();
    await eventually(() => third.held);
  });

  it('a claim that was deleted while its stream was broken never leads', async () => {
    const [first] = await queued('r5/broken', ['one']);
    const { proxy, store } = await lab.behindProxy();
    const second = lock(store, 'r5/broken', 'two');
    await eventually(() => second.states.length === 1);
    const key = (await lab.keys('r5/broken/')).at(-1) ?? '';
    proxy.blackhole();
    const keys = await lab.keys('r5/broken/');
    for (const each of keys) await lab.del(each);
    proxy.reset();
    proxy.heal();
    await eventually(() => second.errors.length === 1);
    expect(key).not.toBe('');
    expect(second.errors).toEqual(['claim-lost']);
    expect(second.states).toHaveLength(1);
    await eventually(() => first.errors.length === 1);
  });

  it('a departure during a break of the stream is seen after it', async () => {
    const [first] = await queued('r5/missed', ['one']);
    const { proxy, store } = await lab.behindProxy();
    const second = lock(store, 'r5/missed', 'two');
    await eventually(() => second.states.length === 1);
    proxy.refuse();
    proxy.reset();
    first.leave();
    await eventually(() => first.outcomes.length === 1);
    await proxy.accept();
    await eventually(() => second.held);
  });

  it('a claim whose lease is over does not lead, although no timer has noticed yet', async () => {
    let slept = 0;
    const clock = { now, sinceBoot: () => now() + slept };
    const [first] = await queued('r5/slept', ['one']);
    const second = lock(lab.store({ clock, ttl: 5_000 }), 'r5/slept', 'two');
    await eventually(() => second.states.length === 1);
    slept = 60_000;
    first.leave();
    await eventually(() => second.errors.length === 1);
    expect(second.errors).toEqual(['session-lost']);
    expect(second.states.map(({ status }) => status)).toEqual(['waiting']);
  });
});

describe('rule 6: a leader watches its own claim', () => {
  it.each([
    ['deleted', (key: string) => lab.del(key)],
    ['overwritten', (key: string) => lab.put(key, 'operator')],
  ])('%s: the term ends at once', async (_what, act) => {
    const [leader] = await queued('r6/own', ['one']);
    const [key = ''] = await lab.keys('r6/own/');
    await act(key);
    await eventually(() => leader.errors.length === 1, { within: 1_000 });
    expect(leader.errors).toEqual(['claim-lost']);
    await lab.del(key);
  });

  it('also when that happened while its stream was broken', async () => {
    const { proxy, store } = await lab.behindProxy();
    const leader = lock(store, 'r6/broken', 'one');
    await eventually(() => leader.held);
    const [key = ''] = await lab.keys('r6/broken/');
    proxy.refuse();
    proxy.reset();
    await lab.del(key);
    await proxy.accept();
    await eventually(() => leader.errors.length === 1);
    expect(leader.errors).toEqual(['claim-lost']);
  });

  it('a waiting claim that is deleted is told so, and does not lead later', async () => {
    const [first, second] = await queued('r6/waiting', ['one', 'two']);
    const key = await lab.keys('r6/waiting/');
    for (const each of key.slice()) {
      const shown = await etcdctl(['get', '--print-value-only', each], server);
      if (shown === 'two') await lab.del(each);
    }
    await eventually(() => second.errors.length === 1);
    first.leave();
    expect(second.errors).toEqual(['claim-lost']);
    expect(second.states).toHaveLength(1);
  });
});

describe('rule 7: a write whose answer was lost is looked up', () => {
  it('a claim: one key, the token of the first write, and it leads', async () => {
    const { proxy, store } = await lab.behindProxy();
    const other = lock(store, 'r7/other', 'other');
    await eventually(() => other.held);
    const lost = proxy.loseReply('r7/claim/');
    const claim = lock(store, 'r7/claim', 'one');
    await lost;
    await eventually(() => claim.held);
    const kvs = await etcdctl(['get', '--prefix', 'r7/claim/', '--write-out=json'], server);
    const found = JSON.parse(kvs) as { kvs: { create_revision: number; version: number }[] };
    expect(found.kvs).toMatchObject([{ create_revision: Number(claim.token), version: 1 }]);
    await always(300, () => expect(claim.errors).toEqual([]));
    claim.leave();
    await eventually(() => claim.outcomes.length === 1);
    expect(claim.outcomes).toEqual(['released']);
  });

  it('a request that the client repeats by itself makes one key, with one token', async () => {
    const connection = new Connection({ hosts: server.url }, monotonicScheduler);
    const key = Buffer.from('r7/repeated/1-nonce');
    const { ID: lease } = await connection.call('grant', 1_000, (client, options) =>
      client.leaseClient.leaseGrant({ TTL: 2 }, options),
    );
    const election = electionKeys('', 'r7/repeated');
    const own = { key, value: Buffer.from('a'), lease };
    const watches = new Watches(connection, 1_000);
    const surroundings = { connection, watches, limit: 1_000, patience: 1_000 };
    const stake = new EtcdStake(surroundings, election, own);
    const repeated = new EtcdStake(surroundings, election, own);
    await stake.attempt();
    await repeated.attempt();
    const places = [await stake.position(), await repeated.position()];
    expect(repeated.token).toBe(stake.token);
    const kvs = await etcdctl(['get', '--prefix', 'r7/repeated/', '--write-out=json'], server);
    const found = JSON.parse(kvs) as { kvs: unknown[] };
    expect(found.kvs).toMatchObject([{ create_revision: Number(stake.token), version: 1 }]);
    expect(places.map(({ front }) => front.predecessor)).toEqual([undefined, undefined]);
    expect(await stake.release()).toMatchObject({ certain: true });
    expect(await lab.keys('r7/repeated/')).toEqual([]);
    connection.close();
  });

  it('a claim in a queue: its place is that of the first write', async () => {
    await queued('r7/queue', ['one']);
    const { proxy, store } = await lab.behindProxy();
    const other = lock(store, 'r7/other', 'other');
    await eventually(() => other.held);
    const lost = proxy.loseReply('r7/queue/');
    const claim = lock(store, 'r7/queue', 'two');
    await lost;
    await eventually(() => claim.states.length === 1);
    expect(claim.states).toEqual([{ status: 'waiting', ahead: 1 }]);
    expect(await lab.keys('r7/queue/')).toHaveLength(2);
  });

  it('the grant of a lease: another one is granted', async () => {
    const { proxy, store } = await lab.behindProxy();
    proxy.down.mode = 'drop';
    const claim = lock(store, 'r7/grant', 'one', { ttl: 3_000 });
    await eventually(() => proxy.up.bytes > 0);
    proxy.heal();
    await eventually(() => claim.held);
  });

  it('a release: it is repeated, and confirmed', async () => {
    const { proxy, store } = await lab.behindProxy();
    const other = lock(store, 'r7/other', 'other');
    const claim = lock(store, 'r7/release', 'one');
    await eventually(() => claim.held && other.held);
    const lost = proxy.loseReply('r7/release/');
    claim.leave();
    await lost;
    await eventually(() => claim.outcomes.length === 1);
    expect(claim.outcomes).toEqual(['released']);
    expect(await lab.keys('r7/release/')).toEqual([]);
    expect(other.errors).toEqual([]);
  });
});

describe('rule 8: a release removes the claim as we wrote it, nothing else', () => {
  it('what an operator wrote over it stays', async () => {
    const [leader] = await queued('r8/own', ['one']);
    const [key = ''] = await lab.keys('r8/own/');
    await lab.put(key, 'operator');
    await eventually(() => leader.outcomes.length === 1);
    expect(await lab.keys('r8/own/')).toEqual([key]);
    await lab.del(key);
  });
});

describe('rule 9: tokens', () => {
  it('grow with every term, across stores and sessions', async () => {
    const tokens: bigint[] = [];
    for (let term = 0; term < 4; term += 1) {
      const claim = lock(lab.store(), 'r9/tokens', 'one');
      await eventually(() => claim.held);
      tokens.push(claim.token ?? 0n);
      claim.leave();
      await eventually(() => claim.outcomes.length === 1);
    }
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => Number(a - b)));
  });
});
