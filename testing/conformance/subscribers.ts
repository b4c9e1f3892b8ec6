import { config, firstValueFrom, tap, type GlobalConfig } from 'rxjs';
import { expectEqual, expectThat } from '../assert.js';
import type { Bench } from './bench.js';
import { eventually, pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';

/** What subscribers may do without harm to others. */
export const subscriberCases: readonly ConformanceCase[] = [
  {
    name: 'a subscriber that throws delays neither renewals nor other claims',
    alone: true,
    run: (bench) =>
      withReports(async (reported) => {
        const store = await bench.open();
        const thrown = new Error('from a subscriber');
        const other = bench.stake(store, 'other', { key: `${bench.key}-other` });
        const { lease } = await other.isHeld();
        const throwing = store.lock(bench.key, { id: 'me' }).subscribe({
          next: () => {
            throw thrown;
          },
          error: failed,
        });
        await eventually('reported', bench.soon, () => reported.includes(thrown));
        await pause(bench.ttl);
        expectThat(other.holds && lease.validUntil() > store.clock.now(), 'the session lives on');
        throwing.unsubscribe();
        await bench.stake(await bench.open(), 'next').isHeld();
      }),
  },
  {
    name: 'a callback `settled` that throws stops nothing',
    alone: true,
    run: (bench) =>
      withReports(async () => {
        const store = await bench.open();
        const other = bench.stake(store, 'other', { key: `${bench.key}-other` });
        await other.isHeld();
        const settled = () => {
          throw new Error('from settled');
        };
        store.lock(bench.key, { id: 'me', settled }).subscribe({ error: failed }).unsubscribe();
        await bench.stake(store, 'next').isHeld();
        expectThat(other.holds, 'the session lives on');
      }),
  },
  {
    name: 'a subscriber that blocks the thread for a while costs no term',
    alone: true,
    run: async (bench) => {
      const store = await bench.open();
      const other = bench.stake(store, 'other', { key: `${bench.key}-other` });
      const { lease } = await other.isHeld();
      const lock$ = store.lock(bench.key, { id: 'me' });
      const blocking = bench.see(lock$.pipe(tap(() => block(store.clock, bench.ttl / 3))));
      await blocking.hasShown('held', ({ status }) => status === 'held', bench.ttl);
      await pause(bench.ttl);
      expectThat(other.holds && lease.validUntil() > store.clock.now(), 'the session lives on');
      expectEqual(blocking.error, undefined);
    },
  },
  {
    name: 'after the thread was blocked for longer than the lease, nothing is believed any more',
    alone: true,
    run: blocked,
  },
  {
    name: 'a subscriber that leaves in the middle of being told leaves nothing behind',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const lock$ = one.lock(bench.key, { id: 'me' });
      await firstValueFrom(lock$); // unsubscribes inside its first value
      await bench.stake(two, 'next').isHeld();
    },
  },
];

async function blocked(bench: Bench): Promise<void> {
  const store = await bench.open();
  const stake = bench.stake(store, 'me');
  const { token, lease } = await stake.isHeld();
  block(store.clock, bench.hold);
  expectThat(lease.validUntil() <= store.clock.now(), 'the clock says so before any timer ran');
  await stake.isLost(bench.soon);
  expectThat(lease.validUntil() <= store.clock.now(), 'and no answer that waited revived it');
  const next = await bench.stake(store, 'next').isHeld(bench.ttl + bench.hold);
  expectThat(next.token > token, 'the next term has a larger token');
}

function failed(error: unknown): never {
  throw error;
}

function block(clock: { now(): number }, duration: number): void {
  const end = clock.now() + duration;
  while (clock.now() < end);
}

/** Collects what RxJS reports as thrown by subscribers, which otherwise ends the process. */
async function withReports(run: (reported: readonly unknown[]) => Promise<void>): Promise<void> {
  const reported: unknown[] = [];
  const { onUnhandledError }: Partial<GlobalConfig> = config;
  config.onUnhandledError = (error) => {
    reported.push(error);
  };
  try {
    await run(reported);
  } finally {
    config.onUnhandledError = onUnhandledError;
  }
}
