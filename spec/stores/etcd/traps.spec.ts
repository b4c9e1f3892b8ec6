import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import { TcpProxy } from '../../support/proxy.js';
import { contenders, lock, watch } from '../records.js';
import { Laboratory } from './fixture.js';

/** What the npm client is known to do, each with the proof that it does not reach the user. */

let server: EtcdServer;
let lab: Laboratory;

beforeAll(async () => {
  server = await EtcdServer.start();
  lab = new Laboratory(server);
});
afterEach(async () => {
  server.thaw();
  await lab.clear();
});
afterAll(() => server.stop());

const now = () => performance.now();

describe('trap 2: after a missed deadline the breaker of the client is open for 5 s', () => {
  it('answers again at once when the server is back after 4 s', async () => {
    const { proxy, store } = await lab.behindProxy({ ttl: 10_000 });
    const shown = watch(store, 'trap/breaker');
    await eventually(() => shown.length === 1);
    proxy.refuse();
    proxy.reset();
    const since = now();
    const claim = lock(store, 'trap/breaker', 'one');
    await eventually(() => now() - since > 4_000);
    await proxy.accept();
    const back = now();
    await eventually(() => claim.held && shown.at(-1) === 'one');
    expect(now() - back).toBeLessThan(1_500);
  });
});

describe('trap 3: a watch loses events when its stream breaks at a bad moment', () => {
  it('the last state is right after 30 resets during changes', async () => {
    const { proxy, store } = await lab.behindProxy({ ttl: 5_000 });
    const other = lab.store();
    const [shown, queue] = [watch(store, 'trap/gaps'), contenders(store, 'trap/gaps')];
    let last = '';
    for (let round = 0; round < 30; round += 1) {
      const claim = lock(other, 'trap/gaps', `id-${round}`);
      await eventually(() => claim.held);
      proxy.reset();
      last = `id-${round}`;
      if (round < 29) {
        claim.leave();
        await eventually(() => claim.outcomes.length === 1);
      }
    }
    await eventually(() => shown.at(-1) === last && queue.at(-1) === last);
  });

  it('a waiter whose stream breaks at the departure of the leader leads all the same', async () => {
    const { proxy, store } = await lab.behindProxy({ ttl: 5_000 });
    const other = lab.store();
    for (let round = 0; round < 20; round += 1) {
      const leader = lock(other, 'trap/departure', 'leader');
      await eventually(() => leader.held);
      const waiter = lock(store, 'trap/departure', 'waiter');
      await eventually(() => waiter.states.length === 1);
      leader.leave();
      if (round % 2 === 0) await eventually(() => leader.outcomes.length === 1, { every: 1 });
      proxy.reset();
      await eventually(() => waiter.held);
      waiter.leave();
      await eventually(() => waiter.outcomes.length === 1);
    }
  });
});

describe('trap 5: the backoff of the watch grows to 30 s', () => {
  it('a watch is back within a second after an outage of 5 s', async () => {
    const { proxy, store } = await lab.behindProxy();
    const shown = watch(store, 'trap/deaf');
    await eventually(() => shown.length === 1);
    proxy.refuse();
    proxy.reset();
    const since = now();
    await eventually(() => now() - since > 5_000, { within: 6_000 });
    const leader = lock(lab.store(), 'trap/deaf', 'one');
    await eventually(() => leader.held);
    await proxy.accept();
    await eventually(() => shown.at(-1) === 'one', { within: 1_200 });
  });
});

describe('trap 6: a frozen connection is never told', () => {
  it('a watch moves to the other endpoint when the connected server is frozen', async () => {
    const proxies = [await TcpProxy.start(server.port), await TcpProxy.start(server.port)];
    const hosts = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
    const store = lab.store({ hosts, staleAfter: 1_500 });
    const shown = watch(store, 'trap/frozen');
    await eventually(() => shown.length === 1);
    proxies.find(({ connections }) => connections > 0)?.blackhole();
    const leader = lock(lab.store(), 'trap/frozen', 'one');
    await eventually(() => leader.held);
    await eventually(() => shown.at(-1) === 'one', { within: 2_500 });
    await store.close();
    for (const proxy of proxies) proxy.stop();
  });

  it('a session moves to the other endpoint within the ttl, and its term goes on', async () => {
    const proxies = [await TcpProxy.start(server.port), await TcpProxy.start(server.port)];
    const hosts = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
    const store = lab.store({ hosts });
    const leader = lock(store, 'trap/moves', 'one');
    await eventually(() => leader.held);
    for (let round = 0; round < 3; round += 1) {
      const [down, up] = round % 2 === 0 ? proxies : [...proxies].reverse();
      up?.heal();
      down?.blackhole();
      const since = now();
      await eventually(() => now() - since > 2_500);
      expect(leader.errors).toEqual([]);
    }
    for (const proxy of proxies) proxy.heal();
    leader.leave();
    await eventually(() => leader.outcomes.length === 1);
    await store.close();
    for (const proxy of proxies) proxy.stop();
  });
});

describe('two endpoints, one of which refuses connections', () => {
  it('claims are staked all the same', async () => {
    const dead = await TcpProxy.start(server.port);
    dead.refuse();
    const hosts = [`http://127.0.0.1:${dead.port}`, server.url];
    const stores = Array.from({ length: 8 }, () => lab.store({ hosts }));
    const claims = stores.map((store, n) => lock(store, `trap/refused/${n}`, 'one'));
    await eventually(() => claims.every(({ held }) => held), { within: 1_500 });
    dead.stop();
  });
});
