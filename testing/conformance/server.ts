import { expectThat, print } from '../assert.js';
import type { Bench } from './bench.js';
import { eventually, pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** A server that is slow, away or new. */
export const serverCases: readonly ConformanceCase[] = [
  {
    name: 'a term goes on through a server that is frozen for less than its lease',
    needs: ['freeze'],
    alone: true,
    run: async (bench) => {
      const stake = bench.stake(await bench.open(), 'me');
      const { lease } = await stake.isHeld();
      const states = bench.see(lease.state$);
      const thaw = await bench.freeze();
      await states.shows('suspended', (state) => state === 'suspended', bench.ttl);
      await thaw();
      await states.shows('live', (state) => state === 'live');
      await pause(bench.ttl);
      expectThat(stake.holds, 'the claim is still held');
    },
  },
  {
    name: 'a lease ends in time though the server is frozen, and somebody leads when it goes on',
    needs: ['freeze'],
    alone: true,
    run: frozen,
  },
  {
    name: 'a claim on a frozen server is refused as unreachable within the ttl, and staked later',
    needs: ['freeze'],
    alone: true,
    run: async (bench) => {
      const store = await bench.open();
      await bench.stake(store, 'before', { key: `${bench.key}-before` }).isHeld();
      const thaw = await bench.freeze();
      const refused = bench.stake(store, 'refused');
      const { retryable } = await refused.isLost(bench.ttl + bench.soon);
      expectThat(retryable, 'it may be tried again');
      await thaw();
      await bench.stake(store, 'later').isHeld(bench.ttl + bench.hold);
    },
  },
  {
    name: 'a follower of a frozen server is stale, and fresh again after that',
    needs: ['freeze'],
    alone: true,
    run: async (bench) => {
      const view = bench.see((await bench.open()).watch(bench.key));
      await view.shows('fresh', ({ stale }) => !stale);
      const thaw = await bench.freeze();
      await view.shows('stale', ({ stale }) => stale, bench.staleAfter + bench.soon);
      await thaw();
      await view.shows('fresh', ({ stale }) => !stale, bench.ttl);
    },
  },
  {
    name: 'a restart of the server makes no second leader, and ends no election',
    needs: ['restart'],
    asks: ['durable'],
    alone: true,
    run: restarted,
  },
  {
    name: 'a server that is not there at the start is `store-unreachable`, within the ttl',
    needs: ['openUnreachable'],
    run: async (bench) => {
      const store = await bench.openUnreachable();
      const stake = bench.stake(store, 'me');
      const error = await stake.isLost(bench.ttl + bench.soon);
      expectThat(error.code === 'store-unreachable', `the code is ${print(error.code)}`);
      await stake.isSettled();
    },
  },
  {
    name: 'a follower of a server that is not there never says that nobody leads',
    needs: ['openUnreachable'],
    run: async (bench) => {
      const store = await bench.openUnreachable();
      const view = bench.see(store.watch(bench.key));
      await pause(bench.staleAfter + bench.soon);
      expectThat(
        view.values.every(({ stale }) => stale),
        `it showed ${print(view.values)}`,
      );
    },
  },
  {
    name: 'a store whose server is not there can be closed',
    needs: ['openUnreachable'],
    run: async (bench) => {
      const store = await bench.openUnreachable();
      const stake = bench.stake(store, 'me');
      bench.see(store.watch(bench.key));
      await pause(bench.soon / 4);
      stake.leave();
      await bench.within(1.5 * bench.ttl, 'closed', store.close());
    },
  },
];

async function frozen(bench: Bench): Promise<void> {
  const [one, two] = [await bench.open(), await bench.open()];
  const first = bench.stake(one, 'one');
  const { token, lease } = await first.isHeld();
  const second = bench.stake(two, 'two');
  await second.isWaiting();
  const thaw = await bench.freeze();
  await first.isLost(bench.hold);
  const late = one.clock.now() - lease.validUntil();
  expectThat(late < bench.soon, `it was told ${late} after its deadline`);
  await pause(bench.hold - bench.ttl);
  await thaw();
  const again = [bench.stake(one, 'one again'), bench.stake(two, 'two again')];
  const everybody = [first, second, ...again];
  const holder = await eventually('a holder', 2 * bench.hold, () =>
    everybody.find(({ holds }) => holds),
  );
  expectThat((await holder.isHeld()).token > token, 'with a larger token');
  await pause(bench.soon);
  expectThat(everybody.filter(({ holds }) => holds).length === 1, 'nobody else');
}

async function restarted(bench: Bench): Promise<void> {
  const [one, two] = [await bench.open(), await bench.open()];
  const first = bench.stake(one, 'one');
  await first.isHeld();
  const second = bench.stake(two, 'two');
  await second.isWaiting();
  const view = bench.see(two.watch(bench.key));
  await bench.lever('restart')();
  const stakes = [first, second];
  const holders = () => stakes.filter(({ holds }) => holds);
  const limit = performance.now() + 2 * bench.ttl;
  while (performance.now() < limit) {
    expectThat(holders().length <= 1, 'never two holders');
    await pause(10);
  }
  // Whoever was lost may run again; the queue works.
  for (const stake of stakes) stake.leave();
  const next = await bench.stake(one, 'next').isHeld(bench.ttl);
  await view.shows('the next', ({ leader }) => leader?.token === next.token, bench.ttl);
}
