import type { KeyState } from '../../lib/index.js';
import { expectEqual, expectThat, print } from '../assert.js';
import type { Bench } from './bench.js';
import { isRising, pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

const leads = (id: string) => (state: KeyState) => state.leader?.id === id && !state.stale;
const isVacant = (state: KeyState) => state.leader === undefined && !state.stale;
const isStale = (state: KeyState) => state.stale;

/** Who leads, seen from outside. */
export const watchCases: readonly ConformanceCase[] = [
  {
    name: 'an election that nobody ever ran in is vacant',
    run: async (bench) => {
      const view = bench.see((await bench.open()).watch(bench.key));
      await view.shows('vacant', isVacant);
      expectEqual(view.values.length, 1);
    },
  },
  { name: 'a follower sees each leader and each vacancy', run: eachLeader },
  {
    name: 'a follower that comes late sees the present leader',
    run: async (bench) => {
      const store = await bench.open();
      await bench.stake(store, 'me').isHeld();
      await bench.see((await bench.open()).watch(bench.key)).shows('me', leads('me'));
      await bench.see(store.watch(bench.key)).shows('me', leads('me'));
    },
  },
  {
    name: 'a follower is shown no state twice in a row',
    run: async (bench) => {
      const store = await bench.open();
      const view = bench.see((await bench.open()).watch(bench.key));
      for (const id of ['a', 'a', 'b']) {
        const stake = bench.stake(store, id);
        await stake.isHeld();
        await view.shows(id, leads(id));
        await stake.left();
        await view.shows('vacant', isVacant);
      }
      await pause(bench.ttl);
      const shown = view.values.map(({ leader, stale }) => `${leader?.token ?? ''} ${stale}`);
      expectThat(
        shown.every((one, n) => one !== shown[n - 1]),
        `it showed ${print(shown)}`,
      );
    },
  },
  {
    name: 'a new term of the same candidate is a new leader, with a larger token',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const view = bench.see(two.watch(bench.key));
      const tokens: bigint[] = [];
      for (let term = 0; term < 3; term += 1) {
        const stake = bench.stake(one, 'same');
        const { token } = await stake.isHeld();
        await view.shows('the term', ({ leader }) => leader?.token === token);
        tokens.push(token);
        stake.leave();
      }
      expectThat(isRising(tokens) && new Set(tokens).size === 3, print(tokens));
    },
  },
  {
    name: 'followers of one store may come and go without touching each other',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const [first, second] = [bench.see(two.watch(bench.key)), bench.see(two.watch(bench.key))];
      await Promise.all([first.shows('vacant', isVacant), second.shows('vacant', isVacant)]);
      first.leave();
      await bench.stake(one, 'me').isHeld();
      await second.shows('me', leads('me'));
      await bench.see(two.watch(bench.key)).shows('me', leads('me'));
      expectEqual(first.values.length, 1, 'who has left is told nothing');
    },
  },
  {
    name: 'a quiet election stays fresh',
    run: async (bench) => {
      const view = bench.see((await bench.open()).watch(bench.key));
      await view.shows('vacant', isVacant);
      await pause(1.5 * bench.staleAfter);
      expectEqual(view.values.length, 1, 'no contact was lost');
    },
  },
  {
    name: 'a follower sees that a holder has crashed',
    needs: ['cut'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      await bench.stake(one, 'me').isHeld();
      const view = bench.see(two.watch(bench.key));
      await view.shows('me', leads('me'));
      await bench.cut(one);
      await view.shows('vacant', isVacant, bench.hold);
    },
  },
  {
    name: 'a follower that is cut off says so in time, and resumes without a gap',
    needs: ['cut'],
    run: stale,
  },
  {
    name: 'a follower whose news are late is stale, and never shows an older leader again',
    needs: ['holdReplies'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const view = bench.see(two.watch(bench.key));
      const first = bench.stake(one, 'first');
      await first.isHeld();
      await view.shows('first', leads('first'));
      const deliver = await bench.holdReplies(two);
      await view.shows('stale', isStale, bench.staleAfter + bench.soon);
      const second = bench.stake(one, 'second');
      first.leave();
      await second.isHeld();
      await deliver();
      await view.shows('second', leads('second'), bench.ttl);
      await pause(bench.soon);
      const tokens = view.values.flatMap(({ leader }) => leader?.token ?? []);
      expectThat(isRising(tokens), print(tokens));
    },
  },
  {
    name: 'an unsubscribed follower leaves nothing that would keep the store from closing',
    run: async (bench) => {
      const store = await bench.open();
      const view = bench.see(store.watch(bench.key));
      await view.shows('vacant', isVacant);
      view.leave();
      await bench.within(bench.soon, 'closed', store.close());
    },
  },
];

async function eachLeader(bench: Bench): Promise<void> {
  const [one, two, three] = [await bench.open(), await bench.open(), await bench.open()];
  const view = bench.see(three.watch(bench.key));
  await view.shows('vacant', isVacant);
  const first = bench.stake(one, 'first');
  await first.isHeld();
  await view.shows('first', leads('first'));
  const second = bench.stake(two, 'second');
  await second.isWaiting();
  first.leave();
  await second.isHeld();
  await view.shows('second', leads('second'));
  await second.left();
  await view.shows('vacant', isVacant);
}

async function stale(bench: Bench): Promise<void> {
  const [one, two] = [await bench.open(), await bench.open()];
  const first = bench.stake(one, 'first');
  const view = bench.see(two.watch(bench.key));
  await first.isHeld();
  await view.shows('first', leads('first'));
  const mend = await bench.cut(two);
  const { leader } = await view.shows('stale', isStale, bench.staleAfter + bench.soon / 2);
  expectEqual(leader?.id, 'first', 'the last that was known');
  const second = bench.stake(one, 'second');
  first.leave();
  await second.isHeld();
  await mend();
  await view.shows('second', leads('second'), bench.ttl);
  expectEqual(view.error, undefined);
}
