import { catchError, defer, filter, from, map, of, take, tap } from 'rxjs';
import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import { LeadershipError } from '../lib/errors.js';
import type { Leadership } from '../lib/leadership.js';
import { alongTerms } from './along-terms.js';

/**
 * Ends a term when a health check fails: a leader that cannot work makes room.
 *
 *     leadership  --w--A-----i---A-|     w waiting, A terms, i interrupted
 *     health$          t--t--f     t     t healthy, f not
 *     result      --w--A-----i---A-|
 *
 * - Subscribes to `health$` once per term. At its first `false`, or its error, the term ends as failed
 *   work: the campaign says `interrupted` with the `LeadershipError` `unhealthy` (its `cause`: the
 *   error of the check), and joins again after its backoff, which grows while that goes on.
 * - Emits every state as it comes. Completes and errors with the campaign, never with `health$`.
 *
 * @example
 * const health$ = interval(5_000).pipe(switchMap(() => database.ping()), timeout(10_000));
 * campaign$.pipe(resignOnUnhealthy(health$), whileLeader(work)).subscribe();
 * @param health$ Whether this process can do the leader's work.
 * @returns A function that passes the states of a candidate on.
 */
export function resignOnUnhealthy(
  health$: ObservableInput<boolean>,
): MonoTypeOperatorFunction<Leadership> {
  return alongTerms((term) =>
    defer(() => from(health$)).pipe(
      filter((healthy) => !healthy),
      map(() => unhealthy()),
      catchError((cause: unknown) => of(unhealthy({ cause }))),
      take(1),
      tap((error) => {
        term.resign(error);
      }),
    ),
  );
}

function unhealthy(options?: ErrorOptions): LeadershipError {
  const how = options === undefined ? 'said no' : 'failed';
  return new LeadershipError('unhealthy', `the health check ${how}: see what it tests`, options);
}
