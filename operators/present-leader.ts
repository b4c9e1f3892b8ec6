import { distinctUntilChanged, map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { KeyState, LeaderRecord } from '../lib/contract.js';

/**
 * Who leads, `undefined` while vacant, each term once: what all operators on leaders are built on.
 * A view that turns stale or fresh is no news.
 *
 *     view    --v--A--a--A--v--B--|     v vacant, a A again, but stale
 *     result  --u--A--------u--B--|
 */
export function presentLeader(): OperatorFunction<
  Pick<KeyState, 'leader'>,
  LeaderRecord | undefined
> {
  return (view$) =>
    view$.pipe(
      map(({ leader }) => leader),
      distinctUntilChanged((before, now) => before?.token === now?.token),
    );
}
