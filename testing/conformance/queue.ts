import { expectEqual, expectThat, print } from '../assert.js';
import type { Bench } from './bench.js';
import { eventually, pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** Who comes after whom. */
export const queueCases: readonly ConformanceCase[] = [
  {
    name: 'of ten candidates exactly one holds the key, and each gets its turn',
    run: tenCandidates,
  },
  {
    name: 'claims are served in the order in which they were staked',
    asks: ['queue'],
    run: async (bench) => {
      const stakes = await bench.queue('a', 'b', 'c', 'd');
      const served: string[] = [];
      for (const stake of stakes) {
        await stake.isHeld();
        served.push(...stakes.filter(({ holds }) => holds).map(({ id }) => id));
        await stake.left();
      }
      expectEqual(served, ['a', 'b', 'c', 'd']);
    },
  },
  {
    name: 'a claim that leaves the middle of the queue is skipped, and wakes nobody',
    run: async (bench) => {
      const [first, second, third] = await bench.queue('a', 'b', 'c');
      await second.left();
      await pause(bench.soon / 2);
      expectThat(first.holds && !third.holds, 'the first still holds the key');
      first.leave();
      await third.isHeld();
    },
  },
  {
    name: 'the last of the queue may leave first',
    run: async (bench) => {
      const [first, second, third] = await bench.queue('a', 'b', 'c');
      await third.left();
      first.leave();
      await second.isHeld();
    },
  },
  {
    name: 'a holder that stakes again goes to the back of the queue, with a larger token',
    asks: ['queue'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      const { token } = await first.isHeld();
      const second = bench.stake(two, 'second');
      await second.isWaiting();
      first.leave();
      const again = bench.stake(one, 'first');
      const held = await second.isHeld();
      expectThat(held.token > token, 'the second has a larger token');
      await again.isWaiting();
      second.leave();
      expectThat((await again.isHeld()).token > held.token, 'and then the first again');
    },
  },
  {
    name: 'a waiting claim is told how many are ahead',
    asks: ['ahead'],
    run: async (bench) => {
      const stakes = await bench.queue('a', 'b', 'c', 'd');
      const ahead = await Promise.all(stakes.slice(1).map((stake) => stake.isWaiting()));
      expectEqual(
        ahead.map((state) => (state.status === 'waiting' ? state.ahead : undefined)),
        [1, 2, 3],
      );
    },
  },
];

async function tenCandidates(bench: Bench): Promise<void> {
  const store = await bench.openSome(3);
  const left = new Set(
    Array.from({ length: 10 }, (_, n) => bench.stake(store(), `candidate ${n}`)),
  );
  let newest = -1n;
  while (left.size > 0) {
    const holder = await eventually('a holder', bench.ttl, () =>
      [...left].find((one) => one.holds),
    );
    await pause(20);
    const holders = [...left].filter((one) => one.holds).map(({ id }) => id);
    expectThat(holders.length === 1, `one holds the key, not ${print(holders)}`);
    const { token } = await holder.isHeld();
    expectThat(token > newest, `${token} comes after ${newest}`);
    newest = token;
    holder.leave();
    left.delete(holder);
  }
}
