import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { MemoryServer, memoryStore } from '../stores/memory/index.js';
import type { MemoryStoreOptions } from '../stores/memory/index.js';
import { expectEqual } from './assert.js';
import { leftOver, tracing, untraced } from './leaks.js';
import { withLevers, type LeveredStore } from './levers.js';

/** What a test in virtual time works with, besides the helpers of RxJS's `TestScheduler.run`. */
export interface VirtualElections extends RunHelpers {
  readonly scheduler: TestScheduler;
  /** The server of all stores, with the levers for faults. */
  readonly server: MemoryServer;
  /** Opens a store on that server: call it once per process that is played. */
  readonly openStore: (options?: Omit<MemoryStoreOptions, 'server'>) => LeveredStore;
  /** Does something at a frame, counted from the start. */
  readonly at: (frame: number, action: () => void) => void;
}

export interface VirtualElectionsOptions {
  /** The frame at which every store is closed. Default 60 000: a minute, which costs no time. */
  readonly until?: number;
  /** How many frames after that everything must have come to its end. Default 60 000. */
  readonly patience?: number;
  /**
   * Whether to remember where each timer was started, for the report of a leak. Default true. Costs
   * two thirds of the time: `false` for runs with thousands of random histories.
   */
  readonly trace?: boolean;
  /** How marbles are compared. Default: equality in depth, of its own. */
  readonly assertDeepEqual?: (actual: unknown, expected: unknown) => void;
}

/**
 * Runs a test of elections in virtual time: `TestScheduler.run` with a memory store on its clock.
 *
 *     frame   0 ------- … ------- until ------- … ------- until + patience
 *             run(…)              all stores            whatever is still
 *                                 are closed            scheduled is a leak
 *
 * Closing ends what the test has left running: campaigns end their term in order and complete,
 * followers complete. A timer that goes on after that would keep `TestScheduler.run` in a loop
 * without end and without a word; here the test fails, and says where each timer was started.
 *
 * @example
 * virtualElections(({ openStore, expectObservable }) => {
 *   const states$ = campaign(openStore(), { key: 'k', id: 'me' }).pipe(map(({ state }) => state));
 *   expectObservable(states$, '^ 9ms !').toBe('(jl)', { j: 'joining', l: 'leading' });
 * });
 * @returns what `run` returned.
 * @throws when a marble expectation fails, or something is still scheduled at the end.
 */
export function virtualElections<T>(
  run: (world: VirtualElections) => T,
  options: VirtualElectionsOptions = {},
): T {
  const { until = 60_000, patience = 60_000, assertDeepEqual = expectEqual } = options;
  const { trace: isTraced = true } = options;
  const scheduler = new TestScheduler((actual, expected) => assertDeepEqual(actual, expected));
  const trace = isTraced ? tracing(scheduler) : untraced;
  const stores: LeveredStore[] = [];
  try {
    const result = scheduler.run((helpers) => {
      scheduler.maxFrames = until + patience; // `run` has set it to infinity
      const server = new MemoryServer({ scheduler });
      const openStore: VirtualElections['openStore'] = (storeOptions) => {
        const store = withLevers(memoryStore({ ...storeOptions, server }));
        stores.push(store);
        return store;
      };
      const at = (frame: number, action: () => void) => {
        scheduler.schedule(action, frame - scheduler.now());
      };
      at(until, () => stores.forEach((store) => void store.close()));
      return run({ ...helpers, scheduler, server, openStore, at });
    });
    const leaks = leftOver(scheduler, trace);
    if (leaks !== undefined) throw new Error(leaks);
    return result;
  } finally {
    trace.stop();
  }
}
