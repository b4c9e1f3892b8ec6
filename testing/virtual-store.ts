import { LeadershipError } from '../lib/index.js';
import { MemoryServer, memoryStore } from '../stores/memory/index.js';
import type { MemoryStore, MemoryStoreOptions } from '../stores/memory/index.js';
import { leftOver, tracing, untraced, type Trace } from './leaks.js';
import { withLevers, type LeveredStore } from './levers.js';
import { FakedTime, VirtualTime, type SteppedTime } from './stepped-time.js';

/** What a store may be told, but for its time, which is the test's. */
type OwnOptions = Omit<MemoryStoreOptions, 'server' | 'scheduler' | 'clock'>;

export interface VirtualStoreOptions extends OwnOptions {
  /**
   * How your runner advances its fake timers, for code under test that uses `setTimeout`, `sleep`
   * or `timer()` without a scheduler: `vi.advanceTimersByTimeAsync`, or the function of this name
   * of Jest. They must be on already. Default: the store has a clock of its own, and only what is
   * given `store.scheduler` takes part in it.
   */
  readonly advanceTimers?: (duration: number) => unknown;
}

/** A store for tests that await: its time passes only in `advance`, `until` and `close`. */
export interface VirtualStore extends LeveredStore {
  /**
   * Lets time pass: timers fire in their order, and between any two all promises go on that can.
   * Resolves when nothing is left to be done until then. Rejects with what a timer threw.
   */
  advance(duration: number): Promise<void>;
  /**
   * Lets time pass until the promise is settled, and returns what it gives. Rejects when that takes
   * longer than `within` milliseconds, default 60 000. For `candidate.stop()` and the like, which
   * would be waited for in vain while time stands still.
   */
  until<T>(promise: PromiseLike<T>, within?: number): Promise<T>;
  /** Opens another store on the same server and clock, as another process would. */
  another(options?: OwnOptions): VirtualStore;
  /**
   * Closes the store, in a time that passes by itself. Rejects when this was the last one and a
   * timer is still running on `store.scheduler` a minute later: a leak of the code under test.
   */
  close(): Promise<void>;
}

/**
 * A store in memory for tests of code that awaits promises, which a `TestScheduler` cannot run. Not
 * one millisecond passes by itself.
 *
 * @example
 * const store = virtualStore({ ttl: 4_000 });
 * const candidate = new Candidate(store, 'jobs/leader', 'me').start();
 * await store.advance(0);
 * assert(candidate.isLeader);
 * store.cut();
 * await store.advance(4_000);
 * assert(!candidate.isLeader);
 * await store.close();
 */
export function virtualStore(options: VirtualStoreOptions = {}): VirtualStore {
  const { advanceTimers, ...rest } = options;
  const time = advanceTimers === undefined ? new VirtualTime() : new FakedTime(advanceTimers);
  const server = new MemoryServer({ scheduler: time.scheduler });
  const trace = time instanceof VirtualTime ? tracing(time.scheduler) : untraced;
  return open({ time, server, trace, stores: new Set() }, rest);
}

interface Surroundings {
  readonly time: SteppedTime;
  readonly server: MemoryServer;
  readonly trace: Trace;
  /** Those that are open. */
  readonly stores: Set<MemoryStore>;
}

function open(surroundings: Surroundings, options: OwnOptions): VirtualStore {
  const { time, server, stores } = surroundings;
  const store = withLevers(memoryStore({ ...options, server }));
  const closeNow = store.close.bind(store);
  const close = async () => {
    await until(time, closeNow(), 10 * store.timing().ttl);
    if (stores.delete(store) && stores.size === 0) await leavesNothing(surroundings);
  };
  let closed: Promise<void> | undefined;
  stores.add(store);
  return Object.assign(store, {
    advance: (duration: number) => time.advance(duration),
    until: <T>(promise: PromiseLike<T>, within = 60_000) => until(time, promise, within),
    another: (others: OwnOptions = {}) => open(surroundings, others),
    close: () => (closed ??= close()),
  });
}

async function until<T>(time: SteppedTime, promise: PromiseLike<T>, within: number): Promise<T> {
  const { scheduler } = time;
  const end = scheduler.now() + within;
  const state = { settled: false };
  const settle = () => (state.settled = true);
  promise.then(settle, settle);
  await time.advance(0);
  while (!state.settled && scheduler.now() < end)
    await time.advance(Math.min(time.stride(), end - scheduler.now()));
  if (state.settled) return promise;
  throw new LeadershipError('invalid-option', `still not settled after ${within} ms`);
}

/** As in `virtualElections`: whatever goes on when all is closed goes on for ever. */
async function leavesNothing({ time, trace }: Surroundings): Promise<void> {
  if (!(time instanceof VirtualTime)) return; // the timers of others are their affair
  await time.advance(60_000);
  trace.stop();
  const leaks = leftOver(time.scheduler, trace);
  if (leaks !== undefined) throw new Error(leaks);
}
