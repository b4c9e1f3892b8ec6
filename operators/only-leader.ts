import { filter } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { KeyState, LeaderRecord } from '../lib/contract.js';
import { presentLeader } from './present-leader.js';

/**
 * The present leader only: neither vacancies nor what may be old.
 *
 *     view    --v--A--a--A--v--B--|     v vacant, a A again, but stale; A, B terms
 *     result  -----A-----------B--|
 *
 * - Emits each leader once per term, as soon as it is seen with contact to the store; one of whom
 *   only a stale view tells is passed by.
 * - Completes and errors with the view.
 *
 * @example
 * const { data } = await firstValueFrom(follow(store, key).pipe(onlyLeader(), timeout(5_000)));
 * @see {@link leaderChanges} for vacancies too.
 * @returns A function that turns views of an election into leaders.
 */
export function onlyLeader(): OperatorFunction<KeyState, LeaderRecord> {
  return (view$) =>
    view$.pipe(
      filter(({ stale }) => !stale),
      presentLeader(),
      filter((leader) => leader !== undefined),
    );
}
