import { expectEqual, expectThat } from '../assert.js';
import type { Bench } from './bench.js';
import { pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** What becomes of the claims of those who are not heard of any more. */
export const expiryCases: readonly ConformanceCase[] = [
  {
    name: 'a crashed holder is replaced, and not before its own lease has run out',
    needs: ['cut'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      const { token, lease } = await first.isHeld();
      const second = bench.stake(two, 'second');
      await second.isWaiting();
      await bench.cut(one);
      const held = await second.isHeld(bench.hold);
      const early = lease.validUntil() - (second.heldAt ?? 0);
      expectThat(early <= 0, `the second held the key ${early} before the end of the first`);
      expectThat(held.token > token, 'with a larger token');
    },
  },
  {
    name: 'a crashed candidate in the queue is passed over',
    needs: ['cut'],
    run: async (bench) => {
      const [one, two, three] = [await bench.open(), await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      await first.isHeld();
      await bench.stake(two, 'crashing').isWaiting();
      const third = bench.stake(three, 'third');
      await third.isWaiting();
      await bench.cut(two);
      first.leave();
      await third.isHeld(bench.hold);
    },
  },
  {
    name: 'a waiting claim whose session ended unseen never leads on it',
    needs: ['cut'],
    run: unseen,
  },
  {
    name: 'a candidate that was lost joins again, behind whoever waits',
    needs: ['cut'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      const { token } = await first.isHeld();
      const second = bench.stake(two, 'second');
      await second.isWaiting();
      const mend = await bench.cut(one);
      await second.isHeld(bench.hold);
      await first.isLost(bench.hold);
      await mend();
      const again = bench.stake(one, 'first');
      await again.isWaiting(bench.ttl);
      second.leave();
      expectThat((await again.isHeld()).token > token, 'with a larger token');
    },
  },
  {
    name: 'two candidates of one session are lost together, and both come back',
    needs: ['cut'],
    run: async (bench) => {
      const store = await bench.open();
      const other = `${bench.key}-other`;
      const lost = [bench.stake(store, 'me'), bench.stake(store, 'me', { key: other })];
      await Promise.all(lost.map((stake) => stake.isHeld()));
      const mend = await bench.cut(store);
      await Promise.all(lost.map((stake) => stake.isLost(bench.hold)));
      await mend();
      const back = [bench.stake(store, 'me'), bench.stake(store, 'me', { key: other })];
      await Promise.all(back.map((stake) => stake.isHeld(bench.ttl + bench.hold)));
    },
  },
  {
    name: 'an expired claim is settled too',
    needs: ['cut'],
    run: async (bench) => {
      const store = await bench.open();
      const stake = bench.stake(store, 'me');
      await stake.isHeld();
      await bench.cut(store);
      await stake.isLost(bench.hold);
      await stake.isSettled(bench.ttl + bench.soon / 2);
    },
  },
];

async function unseen(bench: Bench): Promise<void> {
  const [one, two, three] = [await bench.open(), await bench.open(), await bench.open()];
  const first = bench.stake(one, 'first');
  await first.isHeld();
  const zombie = bench.stake(two, 'zombie');
  await zombie.isWaiting();
  const third = bench.stake(three, 'third');
  await third.isWaiting();
  const mend = await bench.cut(two);
  await zombie.isLost(bench.hold);
  await pause(bench.hold - bench.ttl); // the server gives the session up a little later
  await first.left();
  await third.isHeld();
  await mend();
  await third.left();
  await pause(bench.soon);
  const held = zombie.states.filter(({ status }) => status === 'held');
  expectEqual(held.length, 0, 'the zombie never held the key');
}
