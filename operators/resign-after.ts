import { timer } from 'rxjs';
import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import type { Leadership } from '../lib/leadership.js';
import { checkDuration } from '../lib/timing.js';
import { resignWhen } from './resign-when.js';

/**
 * Ends each term after a time, so that leadership goes round.
 *
 *     leadership       --w--A-----r-w--B-----r-|     w waiting, A and B terms, r resigning
 *     resignAfter(6)   --w--A-----r-w--B-----r-|
 *
 * - Calls `term.resign()` when the term has lasted for `duration`; a suspension does not stop the
 *   time. The campaign's own `maxTerm` does the same, by the clock of its store.
 * - Emits every state as it comes. Completes and errors with the campaign.
 *
 * @example
 * campaign$.pipe(resignAfter(60_000 + Math.random() * 10_000), whileLeader(work)).subscribe();
 * @throws LeadershipError `invalid-option` at the call.
 * @param duration In milliseconds.
 * @param scheduler For the time. Default: RxJS's own.
 * @returns A function that passes the states of a candidate on.
 */
export function resignAfter(
  duration: number,
  scheduler?: SchedulerLike,
): MonoTypeOperatorFunction<Leadership> {
  checkDuration('duration', duration, 1);
  return resignWhen(() => timer(duration, scheduler));
}
