import { filter, map, pairwise, startWith } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { KeyState, LeaderRecord } from '../lib/contract.js';
import { presentLeader } from './present-leader.js';

/** One change of leader. `undefined`: vacant, or not known before the first leader was seen. */
export interface LeaderChange {
  readonly previous: LeaderRecord | undefined;
  readonly current: LeaderRecord | undefined;
}

/**
 * Pairs each leader with the one before it, vacancy included.
 *
 *     view    --v--A--a--A--v--B--C--|     v vacant, a A again, but stale; A, B, C terms
 *     result  -----1--------2--3--4--|     1 {-, A}, 2 {A, -}, 3 {-, B}, 4 {B, C}
 *
 * - Emits once per term, compared by token: the same candidate elected again is a change, a view
 *   that turns stale or fresh is none.
 * - Completes and errors with the view.
 *
 * @example
 * follow(store, key)
 *   .pipe(leaderChanges())
 *   .subscribe(({ previous, current }) => log(`${previous?.id ?? '-'} -> ${current?.id ?? '-'}`));
 * @returns A function that turns views of an election (or what a store's `watch` emits) into pairs.
 */
export function leaderChanges(): OperatorFunction<Pick<KeyState, 'leader'>, LeaderChange> {
  return (view$) =>
    view$.pipe(
      presentLeader(),
      startWith(undefined),
      pairwise(),
      filter(([previous, current]) => previous !== current), // vacant at first is no change
      map(([previous, current]) => ({ previous, current })),
    );
}
