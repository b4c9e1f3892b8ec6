import type { SchedulerLike } from 'rxjs';
import type { Clock } from '../../lib/clock.js';
import { LeadershipError } from '../../lib/errors.js';
import { checkDuration, leastMargin } from '../../lib/timing.js';

/** What every store with a server can be told. All durations are milliseconds. */
export interface CommonOptions {
  /** Taken off the ttl on our side. Default, and least, max(200, 10 % of the ttl). */
  readonly margin?: number;
  /**
   * How long after the last proof of contact what is shown counts as fresh. Default: half the
   * ttl, at least 1 000.
   */
  readonly staleAfter?: number;
  /** Timers of this store and of all that is built on it. Default: `monotonicScheduler`. */
  readonly scheduler?: SchedulerLike;
  /** The clock by which leases are judged. Default: monotonic, and the time since boot. */
  readonly clock?: Clock;
}

/** Fills in the defaults, or throws `invalid-option`. `mostMargin`: of a lease of this ttl. */
export function resolveCommon(
  { margin, staleAfter }: CommonOptions,
  ttl: number,
  mostMargin: number,
): { readonly staleAfter: number; readonly margin: (granted: number) => number } {
  if (margin !== undefined) checkDuration('margin', margin, leastMargin(ttl), mostMargin);
  const fresh = staleAfter ?? Math.max(1_000, ttl / 2);
  checkDuration('staleAfter', fresh, 1_000);
  return {
    staleAfter: fresh,
    margin: (granted) => Math.max(leastMargin(granted), margin ?? 0),
  };
}

export function invalidOption(message: string): LeadershipError {
  return new LeadershipError('invalid-option', message);
}
