import { EMPTY, ignoreElements, merge, switchMap } from 'rxjs';
import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { sharing } from './beside.js';
import { isOver, presentTerm } from './present-term.js';

/**
 * Passes all states on, and subscribes to `effect(term)` along each term, for what it does to it.
 * The effect hears of a state before the subscriber does; its error is an error of the result.
 */
export function alongTerms(
  effect: (term: Term) => Observable<unknown>,
): MonoTypeOperatorFunction<Leadership> {
  return sharing((leadership$) => {
    const effects$ = leadership$.pipe(
      presentTerm(),
      switchMap((term) => (term === undefined || isOver(term) ? EMPTY : effect(term))),
      ignoreElements(),
    );
    return merge(effects$, leadership$);
  });
}
