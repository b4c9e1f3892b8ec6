import { expectEqual, expectThat } from '../assert.js';
import { closingScenarios } from './closing-scenarios.js';
import { pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** The end of a store. */
export const closeCases: readonly ConformanceCase[] = [
  {
    name: 'a store that was never used can be closed, and closed again',
    run: async (bench) => {
      const store = await bench.open();
      await bench.within(bench.soon, 'closed', store.close());
      await bench.within(bench.soon, 'closed again', store.close());
    },
  },
  {
    name: 'closing asks a held claim to leave, and waits until it is given back',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const stake = bench.stake(one, 'me');
      await stake.isHeld();
      let isClosed = false;
      const closed = one.close().then(() => (isClosed = true));
      await stake.isAskedToLeave();
      await pause(bench.soon / 4);
      expectThat(!isClosed, 'it waits for the claim');
      stake.leave();
      await bench.within(bench.soon, 'closed', closed);
      expectEqual((await stake.isSettled(0)).outcome, 'released', 'settled before closed');
      await bench.stake(two, 'next').isHeld();
    },
  },
  {
    name: 'closing asks a waiting claim to leave',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      await bench.stake(one, 'first').isHeld();
      const waiting = bench.stake(two, 'waiting');
      await waiting.isWaiting();
      const closed = two.close();
      await waiting.isAskedToLeave();
      waiting.leave();
      await bench.within(bench.soon, 'closed', closed);
    },
  },
  {
    name: 'closing asks a claim on its way to leave, and leaves nothing behind',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const stake = bench.stake(one, 'me');
      const closed = one.close();
      await stake.isAskedToLeave();
      stake.leave();
      await bench.within(bench.ttl, 'closed', closed);
      await bench.stake(two, 'next').isHeld();
    },
  },
  {
    name: 'closing does not wait longer than the lease for who does not leave',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const stake = bench.stake(one, 'stubborn');
      const { lease } = await stake.isHeld();
      const left = lease.validUntil() - one.clock.now();
      const closed = one.close();
      await stake.isLost(left + bench.soon);
      await bench.within(bench.soon, 'closed', closed);
      await bench.stake(two, 'next').isHeld(bench.hold);
    },
  },
  {
    name: 'closing twice is closing once',
    run: async (bench) => {
      const store = await bench.open();
      const stake = bench.stake(store, 'me');
      await stake.isHeld();
      const closed = [store.close(), store.close()];
      await stake.isAskedToLeave();
      stake.leave();
      await bench.within(bench.soon, 'closed', Promise.all(closed));
      expectEqual(stake.states.filter(({ status }) => status === 'leaving').length, 1);
    },
  },
  {
    name: 'closing completes watches and contenders',
    run: async (bench) => {
      const store = await bench.open();
      const [view, queue] = [
        bench.see(store.watch(bench.key)),
        bench.see(store.contenders(bench.key)),
      ];
      await view.shows('fresh', ({ stale }) => !stale);
      await store.close();
      await Promise.all([view.completes(), queue.completes()]);
    },
  },
  {
    name: 'on a closed store a claim is asked to leave at once, and watches complete',
    run: async (bench) => {
      const store = await bench.open();
      await store.close();
      const stake = bench.stake(store, 'me');
      await stake.isAskedToLeave();
      expectEqual((await stake.left()).outcome, 'released');
      await bench.see(store.watch(bench.key)).completes();
      await bench.see(store.contenders(bench.key)).completes();
    },
  },
  {
    name: 'a store that is cut off can be closed, within the lease',
    needs: ['cut'],
    run: async (bench) => {
      const store = await bench.open();
      const stake = bench.stake(store, 'me');
      await stake.isHeld();
      bench.see(store.watch(bench.key));
      await bench.cut(store);
      stake.leave();
      await bench.within(1.5 * bench.ttl, 'closed', store.close());
    },
  },
  {
    name: 'closing one store does not touch another',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const stake = bench.stake(two, 'me');
      const { lease } = await stake.isHeld();
      await one.close();
      await pause(bench.ttl);
      expectThat(stake.holds && lease.validUntil() > two.clock.now(), 'it is held and renewed');
    },
  },
  ...Object.keys(closingScenarios).map((scenario): ConformanceCase => ({
    name: `a process ends by itself after it has closed ${scenario}`,
    needs: ['runAlone'],
    run: async (bench) => {
      const code = await bench.lever('runAlone')(scenario);
      expectEqual(code, 0, 'the exit code');
    },
  })),
];
