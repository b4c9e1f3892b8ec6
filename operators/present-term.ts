import { distinctUntilChanged, endWith, map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';

/**
 * The term that a candidate leads, `undefined` between the terms and at the end: what all operators
 * on terms are built on.
 *
 *     leadership  --j--A--s--A--i--B----|      j, i not elected, A and B terms, s A suspended
 *     result      --u--A--------u--B----(u|)
 *
 * The `undefined` at the end is for `switchMap`, which alone would let its inner outlive the campaign.
 */
export function presentTerm(): OperatorFunction<Leadership, Term | undefined> {
  return (leadership$) =>
    leadership$.pipe(
      map((leadership) => (leadership.elected ? leadership.term : undefined)),
      endWith(undefined),
      distinctUntilChanged(),
    );
}

/** Whether a term has ended, be it that nobody could be told yet. */
export function isOver(term: Term): boolean {
  return term.signal.aborted || !term.isValid();
}
