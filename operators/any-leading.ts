import { distinctUntilChanged, endWith, filter, map, merge, scan, type Observable } from 'rxjs';
import type { Elected, Leadership } from '../lib/leadership.js';

/**
 * Leads when it leads any of several elections: OR.
 *
 *     a          --w--A-----i--w--C--      w waiting, A, B, C terms, i interrupted
 *     b          --w-----B------i----
 *     anyLeading --w--A-----B---i-wC-
 *
 * - Runs in all of them. Its term is that of the election which it has led for longest; when that
 *   ends and it leads another one, it is the term of that from then on: work begins anew, with the
 *   token of the other election (`term.key` says which). The others are held in reserve.
 * - While it leads none, tells the newest state of any.
 * - Completes when all have completed. Errors with each.
 *
 * @example
 * anyLeading(campaign(store, { key: 'north', id }), campaign(store, { key: 'south', id }))
 *   .pipe(whileLeader(({ key, token }) => serve(key, token)))
 *   .subscribe();
 * @param elections The states of this candidate in each election.
 * @returns The states of this candidate in any of them.
 */
export function anyLeading(
  ...elections: readonly Observable<Leadership>[]
): Observable<Leadership> {
  const numbered = elections.map((election$, number) =>
    election$.pipe(
      map((leadership): Leadership | undefined => leadership),
      endWith(undefined), // who has completed does not lead
      map((leadership) => ({ number, leadership })),
    ),
  );
  return merge(...numbered).pipe(
    scan(next, { led: new Map(), shown: undefined }),
    map(({ shown }) => shown),
    filter((shown) => shown !== undefined),
    distinctUntilChanged(),
  );
}

interface SoFar {
  /** By the number of the election; the one that is led for longest first. */
  readonly led: ReadonlyMap<number, Elected>;
  readonly shown: Leadership | undefined;
}

interface News {
  readonly number: number;
  readonly leadership: Leadership | undefined;
}

function next({ led: before, shown }: SoFar, { number, leadership }: News): SoFar {
  const led = new Map(before);
  const isSameTerm = leadership?.elected === true && before.get(number)?.term === leadership.term;
  if (!isSameTerm) led.delete(number); // another term goes to the end
  if (leadership?.elected === true) led.set(number, leadership);
  const [longest] = led.values();
  if (longest !== undefined) return { led, shown: longest };
  if (leadership !== undefined) return { led, shown: leadership };
  return { led, shown: shown?.elected === true ? { elected: false, state: 'resigning' } : shown };
}
