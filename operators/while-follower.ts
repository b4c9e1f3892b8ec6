import { defer, distinctUntilChanged, EMPTY, endWith, map, switchMap } from 'rxjs';
import type { ObservableInput, OperatorFunction } from 'rxjs';
import type { Leadership } from '../lib/leadership.js';

/**
 * Does work while this candidate does not lead, and stops it when a term starts.
 *
 *     leadership  --j--w--A---i---w---|     j, w, i not elected, A a term
 *     project()     -x--x-!
 *     project()               -x--x--x!
 *     result      ---x--x------x--x--x|
 *
 * - Subscribes to `project()` at the first state that is not elected, and stays subscribed through
 *   all that follow: joining, waiting, trouble. Work of the next term starts after it was stopped.
 * - Completes with the campaign, and stops work that still goes on then.
 * - Errors with the campaign or the work; catch inside `project` to go on.
 * - Unsubscribing stops the work in the same tick.
 *
 * Merged with {@link whileLeader} on one shared campaign, put this one first, so that it hears of
 * each term first: then never do both work at once, except for what a term drains.
 *
 * @example
 * const campaign$ = campaign(store, { key, id });
 * merge(campaign$.pipe(whileFollower(copyFromLeader)), campaign$.pipe(whileLeader(serve)));
 * @see {@link whileLeader}
 * @param project Makes the work; called once per stretch of time without a term.
 * @returns A function that turns states of a candidate into values of the work.
 */
export function whileFollower<R>(
  project: () => ObservableInput<R>,
): OperatorFunction<Leadership, R> {
  return (leadership$) =>
    leadership$.pipe(
      map((leadership) => !leadership.elected),
      endWith(false), // switchMap alone would let the work outlive the campaign
      distinctUntilChanged(),
      switchMap((follows) => (follows ? defer(project) : EMPTY)),
    );
}
