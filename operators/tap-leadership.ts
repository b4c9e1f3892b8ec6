import { defer, tap } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { KeyState, LeaderRecord } from '../lib/contract.js';
import type { Leadership } from '../lib/leadership.js';
import type { Term, TermEnd } from '../lib/term.js';
import type { LeaderChange } from './leader-changes.js';

/** What is called at which transition. */
export interface LeadershipObserver {
  /** A term begins. */
  readonly elected?: ((term: Term) => void) | undefined;
  /**
   * That term is over for this subscriber, each once. `ended` says why; it is `undefined` when the
   * stream ends, or is unsubscribed, before it could tell.
   */
  readonly revoked?: ((term: Term, ended: TermEnd | undefined) => void) | undefined;
  /** In the queue, and each change of the place in it, where that is known. */
  readonly waiting?: ((ahead: number | undefined) => void) | undefined;
  /** Trouble, and how many milliseconds until the next attempt. */
  readonly interrupted?: ((error: unknown, retryIn: number) => void) | undefined;
  /** Of a view: another leader, or none. */
  readonly leaderChanged?: ((change: LeaderChange) => void) | undefined;
}

/**
 * Does something at each transition: logs, metrics, alarms.
 *
 *     leadership   --w--A--s--i--|     w waiting, A a term, s A suspended, i interrupted
 *     calls          w  e     ri       w waiting, e elected, r revoked, i interrupted
 *     result       --w--A--s--i--|
 *
 *     view         --v--A--a--B--|     v vacant, a A again, but stale; A, B terms
 *     calls             c     c        c leaderChanged
 *     result       --v--A--a--B--|
 *
 * - Emits what comes, after the call. A renewal, a suspension, a view that turns stale are no
 *   transitions.
 * - Completes and errors with its source, after `revoked` if it was leading; unsubscribing while
 *   leading calls that too, so each `elected` has its `revoked`.
 * - What a call throws is an error of the result.
 *
 * @example
 * campaign$.pipe(
 *   tapLeadership({
 *     elected: ({ token }) => log.info(`elected with token ${token}`),
 *     revoked: (_term, ended) => log.warn(`revoked: ${ended?.reason ?? 'left'}`),
 *   }),
 * );
 * @param observer What to call.
 * @returns A function that passes states of a candidate, or views of an election, on.
 */
export function tapLeadership<T extends Leadership | Pick<KeyState, 'leader'>>(
  observer: LeadershipObserver,
): MonoTypeOperatorFunction<T> {
  return (source$) =>
    defer(() => {
      let term: Term | undefined;
      let leader: LeaderRecord | undefined;
      const revoke = (ended?: TermEnd) => {
        const over = term;
        term = undefined;
        if (over !== undefined) observer.revoked?.(over, ended);
      };
      const ofCandidate = (leadership: Leadership) => {
        if (leadership.elected) {
          if (leadership.term === term) return;
          revoke();
          term = leadership.term;
          observer.elected?.(term);
          return;
        }
        revoke('ended' in leadership ? leadership.ended : undefined);
        if (leadership.state === 'waiting') observer.waiting?.(leadership.ahead);
        if (leadership.state === 'interrupted')
          observer.interrupted?.(leadership.error, leadership.retryIn);
      };
      const ofElection = ({ leader: current }: Pick<KeyState, 'leader'>) => {
        const previous = leader;
        leader = current;
        if (previous?.token !== current?.token) observer.leaderChanged?.({ previous, current });
      };
      const note = (value: Leadership | Pick<KeyState, 'leader'>) => {
        if ('elected' in value) ofCandidate(value);
        else ofElection(value);
      };
      const end = () => {
        revoke();
      };
      return source$.pipe(
        tap<T>({
          next: note,
          error: end,
          complete: end,
          unsubscribe: end,
        }),
      );
    });
}
