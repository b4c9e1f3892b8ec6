import type { Contender } from '../../lib/index.js';
import { expectEqual, expectThat } from '../assert.js';
import type { ConformanceCase } from './harness.js';

const are =
  (...ids: readonly string[]) =>
  (queue: readonly Contender[]) =>
    queue.map(({ id }) => id).join() === ids.join();

/** Everyone in the queue. */
export const contenderCases: readonly ConformanceCase[] = [
  {
    name: 'an election that nobody ever ran in has no contenders',
    run: async (bench) => {
      const queue = bench.see((await bench.open()).contenders(bench.key));
      await queue.shows('nobody', are());
    },
  },
  {
    name: 'the holder is a contender, with its token and data',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const { token } = await bench.stake(one, 'me', { data: 'here' }).isHeld();
      const [me] = await bench.see(two.contenders(bench.key)).shows('me', are('me'));
      expectEqual({ token: me?.token, data: me?.data }, { token, data: 'here' });
    },
  },
  {
    name: 'everyone in the queue is shown, the leader first, and who leaves is not any more',
    asks: ['contenders', 'queue'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const queue = bench.see((await bench.open()).contenders(bench.key));
      const first = bench.stake(one, 'a');
      await first.isHeld();
      const second = bench.stake(two, 'b');
      await second.isWaiting();
      const third = bench.stake(one, 'c');
      await third.isWaiting();
      const shown = await queue.shows('a, b, c', are('a', 'b', 'c'));
      const tokens = new Set(shown.map(({ token }) => token));
      expectThat(tokens.size === 3, 'each claim has a token of its own');
      await second.left();
      await queue.shows('a, c', are('a', 'c'));
      await first.left();
      await queue.shows('c', are('c'));
      await third.left();
      await queue.shows('nobody', are());
    },
  },
];
