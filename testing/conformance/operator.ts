import { expectEqual, expectThat, print } from '../assert.js';
import type { Bench } from './bench.js';
import { pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** What somebody does to the server by hand. */
export const operatorCases: readonly ConformanceCase[] = [
  {
    name: 'a holder whose claim is deleted is told, before its lease is over',
    needs: ['deleteClaim'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      const other = bench.stake(one, 'other', { key: `${bench.key}-other` });
      const { lease } = await first.isHeld();
      await other.isHeld();
      const second = bench.stake(two, 'second');
      await second.isWaiting();
      await bench.lever('deleteClaim')(bench.key, 'first');
      expectEqual((await first.isLost()).code, 'claim-lost');
      expectThat(lease.validUntil() > one.clock.now(), 'the session lives on');
      await second.isHeld();
      expectThat(other.holds, 'and so do its other claims');
      expectEqual((await first.isSettled()).outcome, 'released');
    },
  },
  {
    name: 'a waiting claim that is deleted is told, and never leads',
    asks: ['queue'],
    needs: ['deleteClaim'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      await first.isHeld();
      const deleted = bench.stake(two, 'deleted');
      await deleted.isWaiting();
      await bench.lever('deleteClaim')(bench.key, 'deleted');
      expectEqual((await deleted.isLost()).code, 'claim-lost');
      await first.left();
      await bench.stake(one, 'next').isHeld();
    },
  },
  {
    name: 'a claim that was deleted can be staked again, for a larger token',
    needs: ['deleteClaim'],
    run: async (bench) => {
      const store = await bench.open();
      const first = bench.stake(store, 'me');
      const { token } = await first.isHeld();
      await bench.lever('deleteClaim')(bench.key, 'me');
      await first.isLost();
      const again = await bench.stake(store, 'me').isHeld();
      expectThat(again.token > token, `${again.token} comes after ${token}`);
    },
  },
  {
    name: 'a predecessor that is deleted lets the next one lead',
    asks: ['queue'],
    needs: ['deleteClaim'],
    run: async (bench) => {
      const [, second, third] = await bench.queue('a', 'b', 'c');
      await bench.lever('deleteClaim')(bench.key, 'b');
      await second.isLost();
      await pause(bench.soon / 4);
      expectThat(!third.holds, 'not while the first is there');
      await bench.lever('deleteClaim')(bench.key, 'a');
      await third.isHeld();
    },
  },
  {
    name: 'a holder whose claim is overwritten is told, and leaves the foreign one alone',
    needs: ['overwriteClaim', 'deleteClaim'],
    run: overwritten,
  },
  {
    name: 'all claims of a session that is ended are told, and so is its lease',
    needs: ['endSession'],
    run: async (bench) => {
      const store = await bench.open();
      const held = bench.stake(store, 'held');
      const other = bench.stake(store, 'other', { key: `${bench.key}-other` });
      const { lease } = await held.isHeld();
      await other.isHeld();
      await bench.lever('endSession')(bench.key, 'held');
      for (const stake of [held, other]) {
        const { code } = await stake.isLost();
        expectThat(['session-lost', 'claim-lost'].includes(code), `the code is ${print(code)}`);
      }
      await bench.see(lease.state$).completes(bench.hold);
      expectThat(lease.validUntil() <= store.clock.now(), 'the lease is over');
    },
  },
  {
    name: 'a session that is ended is not used for long: at the second attempt, claims have another',
    needs: ['endSession'],
    run: async (bench) => {
      const store = await bench.open();
      const first = bench.stake(store, 'me');
      const before = await first.isHeld();
      await bench.lever('endSession')(bench.key, 'me');
      await first.isLost();
      // The loss of the claim may be known before that of its session.
      const again = bench.stake(store, 'me');
      const held = await again
        .isHeld(bench.hold)
        .catch(() => bench.stake(store, 'me').isHeld(bench.hold));
      expectThat(held.token > before.token, `${held.token} comes after ${before.token}`);
      await pause(bench.ttl);
      expectThat(held.lease.validUntil() > store.clock.now(), 'its lease is kept');
    },
  },
  {
    name: 'a waiting claim whose session is ended never leads on it',
    asks: ['queue'],
    needs: ['endSession'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = bench.stake(one, 'first');
      await first.isHeld();
      const waiting = bench.stake(two, 'waiting');
      await waiting.isWaiting();
      await bench.lever('endSession')(bench.key, 'waiting');
      await waiting.isLost();
      await first.left();
      await pause(bench.soon);
      expectThat(!waiting.holds, 'it never held the key');
    },
  },
];

async function overwritten(bench: Bench): Promise<void> {
  const [one, two] = [await bench.open(), await bench.open()];
  const view = bench.see(two.watch(bench.key));
  const first = bench.stake(one, 'first');
  await first.isHeld();
  await bench.lever('overwriteClaim')(bench.key, 'foreign');
  expectEqual((await first.isLost()).code, 'claim-lost');
  await first.isSettled();
  const second = bench.stake(two, 'second');
  await pause(bench.soon);
  const keeps = bench.manifest.keepsOverwritten !== false;
  if (keeps) expectThat(!second.holds, 'the foreign claim is still there: nobody deleted it');
  expectThat(view.last?.leader?.id !== 'first', 'and the first is not shown any more');
  if (keeps) await bench.lever('deleteClaim')(bench.key, 'foreign');
  await second.isHeld(bench.ttl);
}
