import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

describe('rule 10: nothing is forgotten while it may still happen', () => {
  it('a claim that was given up on its way is removed when it arrives', async () => {
    const { proxy, store } = await lab.behindProxy({ ttl: 5_000 });
    const other = lock(store, 'r10/other', 'other');
    await eventually(() => other.held);
    proxy.up.mode = 'hold';
    const before = proxy.up.bytes;
    const claim = lock(store, 'r10/flight', 'one');
    await eventually(() => proxy.up.bytes > before + 50);
    claim.leave();
    await always(700, () => expect(claim.outcomes).toEqual([]));
    proxy.heal();
    await eventually(() => claim.outcomes.length === 1);
    await always(1_000, () => undefined);
    expect(await lab.keys('r10/flight/')).toEqual([]);
    expect(other.errors).toEqual([]);
  });

  it('a claim that was given up, and of which no answer ever came, is removed all the same', async () => {
    const { proxy, store } = await lab.behindProxy({ ttl: 5_000 });
    const other = lock(store, 'r10/other', 'other');
    await eventually(() => other.held);
    const lost = proxy.loseReply('r10/unanswered/');
    const claim = lock(store, 'r10/unanswered', 'one');
    await eventually(async () => (await lab.keys('r10/unanswered/')).length === 1);
    claim.leave();
    await lost;
    await eventually(() => claim.outcomes.length === 1);
    expect(claim.outcomes).toEqual(['released']);
    expect(await lab.keys('r10/unanswered/')).toEqual([]);
    expect(other.errors).toEqual([]);
  });

  it('the next claim of the election is staked only after the old one is gone', async () => {
    const store = lab.store();
    const other = lock(store, 'r10/other', 'other');
    for (let round = 0; round < 5; round += 1) {
      const old = lock(store, 'r10/again', 'old');
      await eventually(() => old.held);
      old.leave();
      const next = lock(store, 'r10/again', 'next');
      expect(old.outcomes).toEqual([]);
      await eventually(() => next.states.length > 0);
      expect(next.states).toMatchObject([{ status: 'held' }]);
      expect(next.token).toBeGreaterThan(old.token ?? 0n);
      next.leave();
      await eventually(() => next.outcomes.length === 1);
    }
    expect(other.errors).toEqual([]);
  });

  it('other elections are not delayed by what is owed in one', async () => {
    const { proxy, store } = await lab.behindProxy({ ttl: 5_000 });
    const owed = lock(store, 'r10/owed', 'one');
    await eventually(() => owed.held);
    const held = proxy.holdReply('r10/owed/');
    owed.leave();
    await held.requested;
    const again = lock(store, 'r10/owed', 'again');
    await always(200, () => expect(again.states).toEqual([]));
    held.release();
    await eventually(() => again.held);
  });

  it('a claim that arrives when nobody expects it any more is removed at once', async () => {
    const { proxy, store } = await lab.behindProxy();
    const other = lock(store, 'r10/other', 'other');
    await eventually(() => other.held);
    // What is sent on this connection never arrives; renewals and the claim find another one.
    for (const lane of proxy.up.lanes) lane.ownMode = 'hold';
    const claim = lock(store, 'r10/ghost', 'one');
    await eventually(() => claim.held);
    const [key = ''] = await lab.keys('r10/ghost/');
    claim.leave();
    await eventually(() => claim.outcomes.length === 1);
    expect(claim.outcomes).toEqual(['abandoned']);
    expect(await lab.keys('r10/ghost/')).toEqual([]);
    const next = lock(store, 'r10/ghost', 'next');
    await eventually(() => next.held);
    // The first attempt is carried out now, as by a server that was frozen with it.
    const lease = key.slice('r10/ghost/'.length).split('-')[0] ?? '';
    await etcdctl(['put', key, 'one', `--lease=${lease}`], server);
    await eventually(async () => !(await lab.keys('r10/ghost/')).includes(key), { within: 1_000 });
    expect(next.errors).toEqual([]);
    expect(other.errors).toEqual([]);
  });
});
