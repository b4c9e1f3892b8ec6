import { distinctUntilChanged, EMPTY, endWith, map, switchMap, timer } from 'rxjs';
import type { ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import type { KeyState } from '../lib/contract.js';
import { checkDuration } from '../lib/timing.js';

/**
 * Does work while nobody has led for a time: an alarm.
 *
 *     view                 --v--A--v---------A--v--|     v vacant, A a leader
 *     whileVacant(p, 4)               after 4: p
 *     project()                        -x--x-!
 *     result               -------------x--x-------|
 *
 * - Subscribes to `project()` when the election has been vacant for `after` milliseconds, once per
 *   vacancy, and unsubscribes as soon as somebody leads.
 * - A view that is stale counts by what it last knew: without contact nobody can be seen to lead.
 * - Completes with the view, and stops work that still goes on then.
 * - Errors with the view and with the work.
 *
 * @example
 * follow(store, key)
 *   .pipe(whileVacant(() => defer(() => page('nobody leads')), 30_000))
 *   .subscribe();
 * @throws LeadershipError `invalid-option` at the call.
 * @param project Makes the work.
 * @param after How long a vacancy may last before that, in milliseconds.
 * @param scheduler For the time. Default: RxJS's own.
 * @returns A function that turns views of an election into values of the work.
 */
export function whileVacant<R>(
  project: () => ObservableInput<R>,
  after: number,
  scheduler?: SchedulerLike,
): OperatorFunction<Pick<KeyState, 'leader'>, R> {
  checkDuration('after', after, 0);
  return (view$) =>
    view$.pipe(
      map(({ leader }) => leader === undefined),
      endWith(false), // switchMap alone would let the work outlive the view
      distinctUntilChanged(),
      switchMap((vacant) =>
        vacant ? timer(after, scheduler).pipe(switchMap(() => project())) : EMPTY,
      ),
    );
}
