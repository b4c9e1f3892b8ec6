import { catchError, concat, distinctUntilChanged, endWith, map, of, throwError } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { Leadership } from '../lib/leadership.js';

/**
 * Tells whether this candidate leads: `true` and `false` in turn, and `false` at the end.
 *
 *     leadership  --j--w--A--s--A--i--B----|     j, w, i not elected, A and B terms, s A suspended
 *     result      --f-----t--------f--t----(f|)
 *
 * - Emits when the answer changes; a renewal or a suspension of a term changes nothing.
 * - Completes with the campaign, and says `false` before that: nobody is left believing that
 *   somebody leads who has gone.
 * - Errors with the campaign, after `false` too.
 *
 * For a decision at one moment ask `term.isValid()`, which reads the clock: a value that was
 * emitted is as old as its delivery.
 *
 * @example
 * campaign(store, { key, id }).pipe(elected()).subscribe((leads) => metrics.set({ leads }));
 * @see {@link whileLeader} to do work while leading, which ends it as well.
 * @returns A function that turns states of a candidate into booleans.
 */
export function elected(): OperatorFunction<Leadership, boolean> {
  return (leadership$) =>
    leadership$.pipe(
      map((leadership) => leadership.elected),
      endWith(false),
      catchError((error: unknown) =>
        concat(
          of(false),
          throwError(() => error),
        ),
      ),
      distinctUntilChanged(),
    );
}
