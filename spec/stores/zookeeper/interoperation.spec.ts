import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LeadershipStore } from '../../../lib/contract.js';
import { zookeeperStore } from '../../../stores/zookeeper/index.js';
import { eventually } from '../../support/eventually.js';
import { ZooKeeperPeers } from '../../support/zookeeper-peers.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';
import { contenders, leaveAll, lock, watch } from '../records.js';

const ttl = 2_000;
/** A session expires at a whole tick. */
const tick = 200;
/** A virtual machine compiles, and starts, for seconds on a busy machine. */
const patient = { within: 20_000 };

let server: ZooKeeperServer;
let store: LeadershipStore;

beforeAll(async () => {
  server = await ZooKeeperServer.start();
  store = zookeeperStore({ hosts: server.host, ttl });
});
afterEach(() => leaveAll());
afterAll(async () => {
  await store.close();
  await server.stop();
});

describe.each([
  { name: "Curator's LeaderLatch", start: ZooKeeperPeers.curator },
  { name: "kazoo's lock", start: ZooKeeperPeers.kazoo },
])('$name', ({ name, start }) => {
  const folder = `interop/${name.replace(/\W/g, '')}`;
  let peers: ZooKeeperPeers;

  beforeAll(() => {
    peers = start(server, ttl);
  });
  afterAll(() => peers.kill());

  it('waits behind us, sees that we lead, and takes over when we leave', async () => {
    const key = `${folder}/behind`;
    const ours = lock(store, key, 'us');
    await eventually(() => ours.held);
    peers.join('them', key);
    const queue = contenders(store, key);
    await eventually(() => queue.at(-1) === 'us,them', patient);
    expect(await peers.leaderSeenBy('them')).toBe('us');
    expect(peers.hasLed('them')).toBe(false);
    ours.leave();
    await peers.leads('them');
    expect(ours.outcomes).toEqual(['released']);
    peers.leave('them');
  });

  it('leads while we wait behind it and see that, and we take over when it leaves', async () => {
    const key = `${folder}/before`;
    peers.join('other', key);
    await peers.leads('other');
    const ours = lock(store, key, 'us');
    const shown = watch(store, key);
    await eventually(() => ours.states.length === 1 && shown.at(-1) === 'other');
    expect(ours.states).toEqual([{ status: 'waiting', ahead: 1 }]);
    expect(await peers.leaderSeenBy('other')).toBe('other');
    peers.leave('other');
    await eventually(() => ours.held && shown.at(-1) === 'us');
    expect(shown).toEqual(['other', 'us']);
  });

  it('stands in one queue with us, whoever comes between whom', async () => {
    const key = `${folder}/between`;
    const first = lock(store, key, 'first');
    await eventually(() => first.held);
    peers.join('second', key);
    const queue = contenders(store, key);
    await eventually(() => queue.at(-1) === 'first,second');
    const third = lock(store, key, 'third');
    await eventually(() => queue.at(-1) === 'first,second,third');
    first.leave();
    await peers.leads('second');
    expect(third.held).toBe(false);
    peers.leave('second');
    await eventually(() => third.held);
  });

  it('is killed while it leads: we lead after its session has expired', async () => {
    const key = `${folder}/killed`;
    peers.join('doomed', key);
    await peers.leads('doomed');
    const ours = lock(store, key, 'us');
    await eventually(() => ours.states.length === 1);
    const killed = performance.now();
    await peers.kill();
    await eventually(() => ours.held, { within: ttl + tick + 1_300 });
    // Its newest sign of life was at most a third of its session ago.
    expect(performance.now() - killed).toBeGreaterThan(ttl / 2);
  });
});
