import { defer } from 'rxjs';
import { isLeadershipError, type ClaimState } from '../../lib/index.js';
import { expectEqual, expectThat } from '../assert.js';
import type { Bench } from './bench.js';
import { eventually, pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** What a claim is, and whose. */
export const claimCases: readonly ConformanceCase[] = [
  {
    name: 'the only claim is held, under a lease that is live',
    run: async (bench) => {
      const store = await bench.open();
      const { token, lease } = await bench.stake(store, 'only').isHeld();
      expectThat(typeof token === 'bigint', 'the token is a bigint');
      const left = lease.validUntil() - store.clock.now();
      expectThat(left > 0, `the lease is live: ${left} left`);
      expectThat(left <= lease.ttl - lease.margin, `not longer than ttl less margin: ${left} left`);
    },
  },
  {
    name: 'the second claim waits',
    run: async (bench) => {
      const [first, second] = [await bench.open(), await bench.open()];
      await bench.stake(first, 'first').isHeld();
      const waiting = bench.stake(second, 'second');
      await waiting.isWaiting();
      await pause(bench.soon);
      expectThat(!waiting.holds, 'it waits as long as the first is there');
    },
  },
  {
    name: 'nothing follows after held while the lease is renewed',
    run: async (bench) => {
      const stake = bench.stake(await bench.open(), 'only');
      const { lease } = await stake.isHeld();
      const before = lease.validUntil();
      await pause(1.5 * bench.ttl);
      expectEqual(stake.states.length, 1);
      expectEqual(stake.error, undefined);
      expectThat(lease.validUntil() > before, 'the lease was renewed');
    },
  },
  {
    name: 'an Observable of a claim is cold: nobody subscribed, nothing staked',
    run: async (bench) => {
      const [store, other] = [await bench.open(), await bench.open()];
      store.lock(bench.key, { id: 'nobody' }); // eslint-disable-line rxjs-x/no-floating-observables
      await bench.stake(other, 'other').isHeld();
    },
  },
  {
    name: 'each subscription is a claim of its own',
    run: async (bench) => {
      const store = await bench.open();
      const lock$ = store.lock(bench.key, { id: 'twice' });
      const [one, two] = [bench.see(lock$), bench.see(lock$)];
      const holds = ({ last }: { last: ClaimState | undefined }) => last?.status === 'held';
      await eventually('both are told', bench.soon, () => one.last && two.last && true);
      await eventually('one of them holds', bench.soon, () => holds(one) !== holds(two));
      const [first, second] = holds(one) ? [one, two] : [two, one];
      first.leave();
      await second.shows('held', ({ status }) => status === 'held');
    },
  },
  {
    name: 'two candidates of one store run in one election like any others',
    run: async (bench) => {
      const store = await bench.open();
      const first = bench.stake(store, 'first');
      const { token } = await first.isHeld();
      const second = bench.stake(store, 'second');
      await second.isWaiting();
      first.leave();
      expectThat((await second.isHeld()).token > token, 'the second has a larger token');
    },
  },
  {
    name: 'elections of different keys have nothing to do with each other',
    run: async (bench) => {
      const store = await bench.open();
      const stakes = ['a', 'b', 'c'].map((name) =>
        bench.stake(store, name, { key: `${bench.key}-${name}` }),
      );
      await Promise.all(stakes.map((stake) => stake.isHeld()));
    },
  },
  {
    name: 'the elections `a` and `a/b` do not see each other',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const below = `${bench.key}/b`;
      const [over, under] = [bench.see(two.watch(bench.key)), bench.see(two.watch(below))];
      await bench.stake(one, 'under', { key: below }).isHeld();
      await bench.stake(two, 'over').isHeld();
      await over.shows('over', ({ leader }) => leader?.id === 'over');
      await under.shows('under', ({ leader }) => leader?.id === 'under');
      const isUnder = over.values.some(({ leader }) => leader?.id === 'under');
      expectThat(!isUnder, '`a` never showed the leader of `a/b`');
    },
  },
  {
    name: 'a key is the same election however its slashes are written',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      await bench.stake(one, 'first', { key: `/${bench.key}/` }).isHeld();
      await bench.stake(two, 'second', { key: bench.key.replace('/', '//') }).isWaiting();
      const view = bench.see(two.watch(`${bench.key}/`));
      await view.shows('first', ({ leader }) => leader?.id === 'first');
    },
  },
  {
    name: 'a key, an id or a ttl that cannot work is refused as `invalid-option`',
    run: async (bench) => {
      const store = await bench.open();
      const refused = [
        bench.stake(store, 'me', { key: '' }),
        bench.stake(store, 'me', { key: '//' }),
        bench.stake(store, 'me', { key: 'a\0b' }),
        bench.stake(store, 'me', { key: 'a/../b' }),
        bench.stake(store, ''),
        bench.stake(store, 'a\0b'),
        bench.stake(store, 'me', { ttl: 1 }),
        bench.stake(store, 'me', { ttl: Number.NaN }),
      ];
      for (const stake of refused) expectEqual((await stake.isLost()).code, 'invalid-option');
      const watched = bench.see(defer(() => store.watch('/')));
      expectThat(isLeadershipError(watched.error, 'invalid-option'), 'a bad key is not watched');
    },
  },
  {
    name: 'ids and data are shown as they are: unicode, slashes, line breaks, JSON',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const view = bench.see(two.watch(bench.key));
      const ids = [
        'Zoë 🦊 名前',
        'a/b//c',
        'line\nbreak\r\n',
        '{"id":"x"}',
        ' ',
        '%2F\\"\'',
        'x'.repeat(300),
      ];
      for (const id of ids) {
        const stake = bench.stake(one, id, { data: `data of ${id}` });
        await stake.isHeld();
        const { leader } = await view.shows(id, (shown) => shown.leader?.id === id);
        expectEqual(leader?.data, `data of ${id}`);
        await stake.left();
      }
    },
  },
  {
    name: 'a claim without data shows none',
    run: async (bench) => {
      const store = await bench.open();
      await bench.stake(store, 'plain').isHeld();
      const view = bench.see(store.watch(bench.key));
      const { leader } = await view.shows('plain', (shown) => shown.leader?.id === 'plain');
      expectEqual(leader?.data, undefined);
    },
  },
  { name: 'two hundred elections share one session and its lease', run: manyElections },
];

async function manyElections(bench: Bench): Promise<void> {
  const store = await bench.open();
  const stakes = Array.from({ length: 200 }, (_, n) =>
    bench.stake(store, 'me', { key: `${bench.key}-${n}` }),
  );
  const held = await Promise.all(stakes.map((stake) => stake.isHeld(2 * bench.ttl)));
  await pause(bench.ttl);
  // Not one number: a clock that also runs while the machine sleeps is read each time.
  const deadlines = held.map(({ lease }) => lease.validUntil());
  const spread = Math.max(...deadlines) - Math.min(...deadlines);
  expectThat(spread < bench.ttl / 20, `one deadline for all, not ${spread} apart`);
  expectThat(
    stakes.every((stake) => stake.holds),
    'all are still held',
  );
  for (const stake of stakes) stake.leave();
  await Promise.all(stakes.map((stake) => stake.isSettled(2 * bench.ttl)));
}
