import { defer, tap } from 'rxjs';
import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { resolveBackoff, type RetryOptions } from '../lib/backoff.js';
import { monotonicScheduler } from '../lib/clock.js';
import type { Leadership } from '../lib/leadership.js';
import { retryVisibly } from '../lib/retry-visibly.js';
import { checkDuration } from '../lib/timing.js';
import { checkCount } from './checks.js';

/** How to go on after errors, and when to give up. All durations are milliseconds. */
export interface RetryCampaignOptions extends RetryOptions {
  /** Gives up at the n-th failure in a row. Default: never. */
  readonly attempts?: number | undefined;
  /**
   * Gives up when neither this candidate has led nor been in the queue behind somebody for so long,
   * or will not have been at the next attempt. Default: never.
   */
  readonly patience?: number | undefined;
  /** For the waits; its `now()` tells how long attempts last. Default: monotonic. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** For the default of `longest`, as with a store whose ttl is not told otherwise. */
const usualTtl = 15_000;

/**
 * Runs for election again after an error: the retry of a campaign as an operator, for those who use
 * `retry: false`.
 *
 *     leadership     --w-#            w waiting
 *     leadership            j-w--A    j joining, A a term
 *     result         --w-i--j-w--A    i interrupted, with the error and retryIn
 *
 * - Tells `interrupted` at once, waits for a backoff (doubling, jittered, between `initial` and
 *   `longest`), and subscribes again. Failures are in a row until an attempt has lasted longer than
 *   `longest`.
 * - Completes with the campaign.
 * - Errors with the last error when it gives up: after `attempts`, after `patience`, or when `giveUp`
 *   says so.
 *
 * @example
 * campaign(store, { key, id, retry: false })
 *   .pipe(retryCampaign({ attempts: 5, patience: 60_000 }), whileLeader(work))
 *   .subscribe({ error: exit });
 * @throws LeadershipError `invalid-option` at the call.
 * @param options How to go on, and when to give up.
 * @returns A function that passes the states of a candidate on, and tells of trouble as a state.
 */
export function retryCampaign(
  options: RetryCampaignOptions = {},
): MonoTypeOperatorFunction<Leadership> {
  const { attempts = Infinity, patience = Infinity, scheduler = monotonicScheduler } = options;
  if (options.attempts !== undefined) checkCount('attempts', attempts);
  if (options.patience !== undefined) checkDuration('patience', patience, 0);
  const backoff = resolveBackoff(options, usualTtl);
  const proof = options.longest ?? usualTtl / 3;
  return (leadership$) =>
    defer(() => {
      /** Since when there is nobody to lead; `undefined` while there is. */
      let since: number | undefined = scheduler.now();
      const note = ({ state }: Leadership) => {
        const works = state === 'waiting' || state === 'leading' || state === 'suspended';
        since = works ? undefined : (since ?? scheduler.now());
      };
      const delay = (error: unknown, failures: number) => {
        since ??= scheduler.now();
        const retryIn = failures < attempts ? backoff(error, failures) : undefined;
        if (retryIn === undefined) return undefined;
        return scheduler.now() + retryIn - since > patience ? undefined : retryIn;
      };
      const tell = (error: unknown, retryIn: number): Leadership => ({
        elected: false,
        state: 'interrupted',
        error,
        retryIn: Math.ceil(retryIn),
      });
      const clock = { now: () => scheduler.now() };
      return leadership$.pipe(tap(note), retryVisibly({ delay, proof, tell, clock, scheduler }));
    });
}
