import {
  catchError,
  defer,
  EMPTY,
  from,
  fromEvent,
  switchMap,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction } from 'rxjs';
import { isLeadershipError } from '../lib/errors.js';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { isPromiseLike } from '../lib/work.js';
import { isOver, presentTerm } from './present-term.js';

/** What the end of the work means for the term. */
export interface WhileLeaderOptions {
  /**
   * When the work fails. `throw` (default): the error goes to the result, whose end gives the key
   * back. `resign`: the term ends as failed work, the campaign says `interrupted` with the error
   * and joins again after its backoff; the result goes on.
   */
  readonly onError?: 'throw' | 'resign' | undefined;
  /** When the work completes. `stay` (default): go on leading. `resign`: end the term. */
  readonly onComplete?: 'stay' | 'resign' | undefined;
}

/**
 * Does work while this candidate leads, and stops it when the term ends.
 *
 *     leadership  --w--A--s--A---i--B---|     w waiting, A and B terms, s A suspended, i interrupted
 *     project(A)       -x----x---!
 *     project(B)                    -x--!
 *     result      ------x----x-------x--|
 *
 * - Subscribes to `project(term)` once per term; a renewal or a suspension changes nothing. A term
 *   that is over already is passed by.
 * - An Observable is unsubscribed at the signal of the term, before the key is released. A promise
 *   is passed through `term.waitUntil`: the key is kept until it has ended, within the drain. For
 *   an Observable that needs time to end, return `term.waitUntil(work)` yourself.
 * - Completes with the campaign, and stops work that still goes on then.
 * - Errors with the campaign, and with the work unless `onError` is `resign`. Work that is refused by
 *   `term.waitUntil` since the term is over has not failed: it ends there.
 * - Unsubscribing stops the work in the same tick; the claim is released after that.
 *
 * @example
 * campaign(store, { key, id }).pipe(whileLeader((term) => consume(term.signal))).subscribe();
 * @see {@link whileFollower} for the time between the terms.
 * @param project Makes the work of a term; called once per term.
 * @param options What the end of the work means for the term.
 * @returns A function that turns states of a candidate into values of the work.
 */
export function whileLeader<R>(
  project: (term: Term) => ObservableInput<R>,
  { onError = 'throw', onComplete = 'stay' }: WhileLeaderOptions = {},
): OperatorFunction<Leadership, R> {
  const failed = (term: Term, error: unknown) => {
    if (isRefusal(term, error)) return EMPTY;
    if (onError === 'throw') return throwError(() => error);
    term.resign(error);
    return EMPTY;
  };
  const workOf = (term: Term) =>
    defer(() => {
      const work$ = drained(term, project(term));
      return term.signal.aborted ? EMPTY : work$; // `project` may have ended the term
    }).pipe(
      tap({
        complete: () => {
          if (onComplete === 'resign') term.resign();
        },
      }),
      catchError((error: unknown) => failed(term, error)),
      takeUntil(fromEvent(term.signal, 'abort')), // not aborted yet: `isOver` has looked
    );
  return (leadership$) =>
    leadership$.pipe(
      presentTerm(),
      switchMap((term) => (term === undefined || isOver(term) ? EMPTY : workOf(term))),
    );
}

/** After a pause work may run before the campaign can, and learn from `waitUntil` that all is over. */
function isRefusal(term: Term, error: unknown): boolean {
  return isOver(term) && isLeadershipError(error, 'term-over');
}

/** A promise cannot be cancelled: the term waits for it, whoever listens. */
function drained<R>(term: Term, work: ObservableInput<R>): Observable<R> {
  return isPromiseLike(work) ? term.waitUntil(work) : from(work);
}
