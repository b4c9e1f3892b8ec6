import { filter } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { isOver, presentTerm } from './present-term.js';

/**
 * The terms that this candidate leads, each once.
 *
 *     leadership  --w--A--s--A--i--B---|     w waiting, A and B terms, s A suspended, i interrupted
 *     result      -----A-----------B---|
 *
 * - Emits a term when it begins; a renewal or a suspension changes nothing. A term that is over
 *   already is passed by. That a term ends, its `signal` tells.
 * - Completes and errors with the campaign.
 *
 * @example
 * campaign(store, { key, id })
 *   .pipe(terms())
 *   .subscribe(({ token }) => log(`elected with token ${token}`));
 * @see {@link whileLeader} for work, which must stop when a term ends.
 * @returns A function that turns states of a candidate into terms.
 */
export function terms(): OperatorFunction<Leadership, Term> {
  return (leadership$) =>
    leadership$.pipe(
      presentTerm(),
      filter((term) => term !== undefined),
      filter((term) => !isOver(term)),
    );
}
