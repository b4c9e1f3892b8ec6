import {
  concat,
  defer,
  exhaustMap,
  fromEvent,
  map,
  NEVER,
  of,
  take,
  takeUntil,
  takeWhile,
} from 'rxjs';
import type { Observable } from 'rxjs';
import { LeadershipError } from '../lib/errors.js';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { terms } from './terms.js';

/**
 * Runs for election until it leads, for those who await: resolves with the first term, and **keeps**
 * it. (`firstValueFrom` would leave the race at the very moment of winning it.)
 *
 *     leadership  --w--A-----r!     w waiting, A a term, r its end: leaves the race
 *     promise     -----A            resolved
 *
 * - Resolves with the first term. It stays in the race for as long as that term lasts, and leaves it
 *   when the term ends (`term.resign()` ends it) or `signal` is aborted, whichever is first.
 * - Rejects with the reason of `signal` when that is aborted before, with the error of the campaign,
 *   and with the `LeadershipError` `not-elected` when the campaign completes before.
 *
 * @example
 * const term = await firstTerm(campaign(store, { key, id }), shutdown.signal);
 * await migrate(term.signal);
 * term.resign(); // leaves the race
 * @param leadership$ The states of the candidate.
 * @param signal Aborted: it leaves the race, whatever the state.
 * @returns The first term, still led when the promise resolves.
 */
export function firstTerm(
  leadership$: Observable<Leadership>,
  signal?: AbortSignal,
): Promise<Term> {
  return new Promise((resolve, reject) => {
    const untilOver = (term: Term) =>
      concat(of(term), aborted(term.signal).pipe(map(() => undefined)));
    leadership$
      .pipe(
        terms(),
        exhaustMap(untilOver),
        takeWhile((term) => term !== undefined),
        takeUntil(signal === undefined ? NEVER : aborted(signal)),
      )
      .subscribe({
        next: resolve,
        error: reject,
        complete: () => {
          reject(signal?.aborted === true ? (signal.reason as Error) : notElected()); // or is resolved
        },
      });
  });
}

function aborted(signal: AbortSignal): Observable<unknown> {
  return defer(() => (signal.aborted ? of(signal) : fromEvent(signal, 'abort').pipe(take(1))));
}

const notElected = () =>
  new LeadershipError(
    'not-elected',
    'the campaign has completed before this candidate was elected: see what stopped it (until, or ' +
      'the closing of the store)',
  );
