import {
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  map,
  merge,
  mergeMap,
  of,
  takeWhile,
  tap,
} from 'rxjs';
import type { MonoTypeOperatorFunction, Observable, ObservableInput } from 'rxjs';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { BoundedQueue, checkBuffer, type BufferOptions } from './bounded-queue.js';
import { checkChoice } from './checks.js';
import { isOver, presentTerm } from './present-term.js';

/** What becomes of events while this candidate does not lead. */
export interface GateOptions extends BufferOptions {
  /**
   * `drop` (default): they are lost. `buffer`: they wait for the next term, up to `limit`, and what
   * comes beyond that does what `onOverflow` says.
   */
  readonly whenNotLeading?: 'drop' | 'buffer' | undefined;
}

/**
 * Lets events pass only while this candidate leads.
 *
 *     leadership  --w-----A-------w--A----|     w not elected, A elected
 *     source      ---1--2---3--4---5---6--|
 *     drop        ----------3--4-------6--|
 *     buffer      --------(12)3-4----(5)6-|
 *
 * - Emits an event when it comes, if there is a term then that is valid by the clock; with `buffer`
 *   the events that have waited first, in their order.
 * - Completes with the source, after the events that still wait for a term; and with the campaign,
 *   after which there is no term: what waits then is lost.
 * - Errors with the source, with the campaign, and with `overflow`.
 *
 * @example
 * clicks$.pipe(gateByLeadership(campaign$, { whenNotLeading: 'buffer', limit: 100 }));
 * @throws LeadershipError `invalid-option` at the call.
 * @see {@link whileLeader} to subscribe to a source only while leading.
 * @param leadership$ The states of the candidate; subscribed before the source.
 * @param options What becomes of the others.
 * @returns A function that passes some of its values through.
 */
export function gateByLeadership<T>(
  leadership$: Observable<Leadership>,
  options: GateOptions = {},
): MonoTypeOperatorFunction<T> {
  const { whenNotLeading = 'drop' } = options;
  checkChoice('whenNotLeading', whenNotLeading, ['drop', 'buffer']);
  checkBuffer(options);
  return (source$) =>
    defer(() => {
      const queue = new BoundedQueue<T>('events for the next term', options);
      let term: Term | undefined;
      let [sourceEnded, campaignEnded] = [false, false];
      const isOpen = () => term !== undefined && !isOver(term);
      const isDone = () => campaignEnded || (sourceEnded && queue.size === 0);
      function* waited(): Generator<Step<T>> {
        while (isOpen() && queue.size > 0) yield { value: queue.shift() };
      }
      const terms$ = leadership$.pipe(
        presentTerm(),
        tap((next) => (term = next)), // at once, also while what has waited is on its way out
        concatMap(() => concat(waited(), of(look))),
      );
      const events$ = source$.pipe(
        mergeMap((value): ObservableInput<Step<T>> => {
          if (isOpen() && queue.size === 0) return of({ value });
          if (whenNotLeading === 'buffer') queue.push(value);
          return EMPTY;
        }),
      );
      const campaignEnd$ = defer(() => ((campaignEnded = true), of(look)));
      const sourceEnd$ = defer(() => ((sourceEnded = true), of(look)));
      return merge(concat(terms$, campaignEnd$), concat(events$, sourceEnd$)).pipe(
        takeWhile((step) => step !== look || !isDone()),
        filter((step) => step !== look),
        map(({ value }) => value),
      );
    });
}

/** A value that passes; or `undefined`, after which there may be nothing more to come. */
type Step<T> = { readonly value: T } | undefined;
const look = undefined;
