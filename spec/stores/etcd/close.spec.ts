import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import { Worker } from '../../support/worker.js';
import { lock, watch } from '../records.js';
import { Laboratory } from './fixture.js';

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

interface Told {
  readonly status?: string;
  readonly took?: number;
}

function start(what: string, url = server.url): Worker<Told> {
  return new Worker<Told>(new URL('closing-worker.ts', import.meta.url), [url, what]);
}

/** Ends by itself, and soon after the store was closed. */
async function endsItself(worker: Worker<Told>, limit: number): Promise<number> {
  const { took = Infinity } = await worker.until(({ took }) => took !== undefined, 15_000);
  const since = performance.now();
  expect(await worker.exited).toMatchObject({ code: 0 });
  // Where a connection is being made, the npm client waits for it for a second.
  expect(performance.now() - since).toBeLessThan(1_400);
  expect(took).toBeLessThan(limit);
  return took;
}

describe('a process ends by itself once its store is closed', () => {
  it('which was never used', async () => {
    await endsItself(start('unused'), 100);
  });

  it('with a leader that does not leave: bounded by its lease', async () => {
    const worker = start('close');
    const took = await endsItself(worker, 2_300);
    expect(took).toBeGreaterThan(1_000);
    expect(worker.events.map(({ status }) => status)).toContain('leaving');
    expect(await lab.keys('closing/')).toEqual([]);
    expect(await lab.leases()).toEqual([]);
  });

  it('at once after everything began', async () => {
    await endsItself(start('at-once'), 2_300);
  });

  it('while the server is unreachable', async () => {
    const { proxy } = await lab.behindProxy();
    proxy.refuse();
    await endsItself(start('at-once', `http://127.0.0.1:${proxy.port}`), 2_300);
  });

  it('while the server is a black hole', async () => {
    const { proxy } = await lab.behindProxy();
    proxy.blackhole();
    await endsItself(start('at-once', `http://127.0.0.1:${proxy.port}`), 2_300);
  });

  it('while the server is frozen, with a leader', async () => {
    const worker = start('wait');
    await worker.until(({ status }) => status === 'held');
    server.freeze();
    process.kill(worker.pid ?? 0, 'SIGUSR2');
    await endsItself(worker, 2_300);
  });
});

describe('close', () => {
  it('asks every claim to leave, gives all of it back with one request, and is idempotent', async () => {
    const store = lab.store();
    const claims = Array.from({ length: 20 }, (_, n) => lock(store, `close/${n}`, 'a'));
    await eventually(() => claims.every(({ held }) => held));
    const [one, two] = [store.close(), store.close()];
    expect(claims.every(({ states }) => states.at(-1)?.status === 'leaving')).toBe(true);
    for (const claim of claims) claim.leave();
    await Promise.all([one, two]);
    expect(claims.every(({ outcomes }) => outcomes[0] === 'released')).toBe(true);
    expect([await lab.keys('close/'), await lab.leases()]).toEqual([[], []]);
  });

  it('may be called again, and a claim be asked for, by whoever it tells', async () => {
    const store = lab.store();
    const told: string[] = [];
    const claim = store.lock('close/again', { id: 'a' }).subscribe(({ status }) => {
      told.push(status);
      if (status !== 'leaving') return;
      claim.unsubscribe();
      void store.close();
      told.push(...lock(store, 'close/again', 'b').states.map((state) => `b ${state.status}`));
    });
    await eventually(() => told.length === 1);
    await store.close();
    expect(told).toEqual(['held', 'leaving', 'b leaving']);
  });

  it('a closed store says leaving to a claim, and then nothing; a watch completes', async () => {
    const store = lab.store();
    await store.close();
    const claim = lock(store, 'close/late', 'a');
    expect(claim.states).toEqual([{ status: 'leaving' }]);
    expect(watch(store, 'close/late')).toEqual(['|']);
    claim.leave();
    expect(claim.outcomes).toEqual([]);
    await eventually(() => claim.outcomes.length === 1);
    expect(claim.outcomes).toEqual(['released']);
  });

  it('ends the streams of the client, which outlive its own close()', async () => {
    const { proxy, store } = await lab.behindProxy();
    const leader = lock(store, 'close/streams', 'a');
    const shown = watch(store, 'close/streams');
    await eventually(() => leader.held && shown.at(-1) === 'a');
    leader.leave();
    await store.close();
    await eventually(() => proxy.open === 0);
  });
});
