import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timer } from 'rxjs';
import { campaign, follow } from '../../../lib/index.js';
import { whileLeader } from '../../../operators/index.js';
import { checkHistory, HistoryRecorder, underFaults } from '../../../testing/index.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { eventually } from '../../support/eventually.js';
import { Laboratory } from './fixture.js';

const ttl = 2_000;

// The faults that users give their own programs, on a real server. A failure tells its seed.
describe('a faulty store over a real server', () => {
  let server: EtcdServer;
  let lab: Laboratory;

  beforeAll(async () => {
    server = await EtcdServer.start();
    lab = new Laboratory(server);
  });
  afterAll(async () => {
    await lab.clear();
    await server.stop();
  });

  const play = (seed: number | undefined, key: string, ids = ['ann', 'bob', 'cleo'], terms = 1) =>
    underFaults(async (faulty) => {
      const recorder = new HistoryRecorder();
      const stores = ids.map((who) => {
        const store = faulty(lab.store({ ttl }), { likelihood: 0.5 });
        campaign(store, { key, id: who, until: timer(6_000, store.scheduler) })
          .pipe(recorder.record({ who, store }))
          .subscribe();
        return store;
      });
      await eventually(() => stores.some(({ done }) => done.length > 2), { within: 20_000 });
      await eventually(async () => (await lab.leases()).length === 0, { within: 20_000 });
      expect(checkHistory(recorder.records, { terms }).findings).toEqual([]);
      return { seed: stores[0]!.seed, done: stores.map(({ done }) => done) };
    }, seed);

  it('never has two leaders, and leaves nothing behind', { timeout: 60_000 }, async () => {
    const { done } = await play(undefined, 'faulty/any');
    expect(done.flat().length).toBeGreaterThan(2);
  });

  // When somebody else lets it lead does not follow from the seed: so nobody else is there.
  it('does the same again with the same seed', { timeout: 60_000 }, async () => {
    const kinds = ([done = []]: readonly (readonly string[])[]) =>
      done.slice(0, 2).map((line) => line.replace(/\d+(\.\d+)?/gu, '#'));
    const [once, again] = [
      await play(7, 'faulty/again', ['ann'], 0),
      await play(7, 'faulty/again', ['ann'], 0),
    ];
    expect(kinds(once.done)).toHaveLength(2);
    expect(kinds(again.done)).toEqual(kinds(once.done));
  });

  it('shows followers the truth in the end', { timeout: 30_000 }, async () => {
    await underFaults(async (faulty) => {
      const leader = lab.store({ ttl });
      const running = campaign(leader, { key: 'faulty/watch', id: 'ann' })
        .pipe(whileLeader(() => timer(0, 1_000)))
        .subscribe();
      const seen: (string | undefined)[] = [];
      const store = faulty(lab.store({ ttl }), { likelihood: 1, faults: ['frozen-watch'] });
      const following = follow(store, 'faulty/watch').subscribe(({ leader: who, stale }) => {
        seen.push(stale ? 'stale' : who?.id);
      });
      await eventually(() => seen.at(-1) === 'ann', { within: 15_000 });
      await eventually(() => store.done.length > 0, { within: 15_000 });
      running.unsubscribe();
      await eventually(() => seen.at(-1) === undefined, { within: 15_000 });
      following.unsubscribe();
    });
  });
});
