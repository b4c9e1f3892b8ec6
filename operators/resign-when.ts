import { defer, from, take, tap } from 'rxjs';
import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { alongTerms } from './along-terms.js';

/**
 * Ends each term at a sign: maintenance, a handover, an operator's wish.
 *
 *     leadership   --w--A----r-w--B--------|     w waiting, A and B terms, r resigning
 *     notifier     ---x------x-------------      (in A)
 *     result       --w--A----r-w--B--------|
 *
 * - Subscribes to the notifier once per term, and calls `term.resign()` at its first value: the
 *   signal, the drain, the release, and the back of the queue, after the campaign's `cooldown`.
 * - Emits every state as it comes; that the term ends, the campaign tells.
 * - Completes with the campaign; a notifier that completes ends no term.
 * - Errors with the campaign and with the notifier.
 *
 * @example
 * campaign(store, { key, id, cooldown: 60_000 })
 *   .pipe(resignWhen(maintenance$), whileLeader(work))
 *   .subscribe();
 * @see {@link resignAfter}, {@link resignOnUnhealthy}; and `until` of a campaign to leave for good.
 * @param notifier Gives the sign; or makes what does, of the term.
 * @returns A function that passes the states of a candidate on.
 */
export function resignWhen(
  notifier: ObservableInput<unknown> | ((term: Term) => ObservableInput<unknown>),
): MonoTypeOperatorFunction<Leadership> {
  const notifierOf = typeof notifier === 'function' ? notifier : () => notifier;
  return alongTerms((term) =>
    defer(() => from(notifierOf(term))).pipe(
      take(1),
      tap(() => {
        term.resign();
      }),
    ),
  );
}
