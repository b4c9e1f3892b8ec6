import {
  concat,
  defer,
  distinctUntilChanged,
  filter,
  finalize,
  map,
  merge,
  mergeMap,
  NEVER,
  of,
  type OperatorFunction,
  Subject,
  switchMap,
  takeUntil,
  tap,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import type { ClaimRequest, ClaimState, Lease, Settlement } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import type { SessionLease } from '../../lib/lease.js';
import { effect } from './effect.js';
import type { Claim, Session, SessionContext } from './session.js';
import type { Sessions } from './sessions.js';
import { later } from './wire.js';
import type { Position } from './world.js';

export interface LockContext extends SessionContext {
  readonly sessions: Sessions;
  /** Emits when the store is being closed, to latecomers too. */
  readonly closing$: Observable<void>;
}

/** What is asked of `lock`, checked and with its defaults. */
export type Wish = ClaimRequest & { readonly key: string; readonly ttl: number };

const leaving: ClaimState = { status: 'leaving' };

/** Stakes a claim on subscription, tells where it stands, gives it back at teardown. */
export function lock(context: LockContext, wish: Wish): Observable<ClaimState> {
  return defer(() => {
    const settled = settledOf(wish);
    const { sessions, scheduler, closing$ } = context;
    if (sessions.isClosing)
      return concat(of(leaving), NEVER).pipe(
        finalize(() => later(scheduler, 0, () => settled({ outcome: 'released' }))),
      );
    const session = sessions.use(wish.ttl);
    const claim = session.claim(wish.key, sessions.nextName());
    return merge(
      session.over$.pipe(mergeMap((why) => throwError(() => why))),
      closing$.pipe(map(() => leaving)),
      staked(context, session, claim, wish),
    ).pipe(finalize(() => session.giveBack(claim, settled)));
  });
}

/** Waits for the session and for what an earlier claim owes, then stakes, within the ttl. */
function staked(
  context: LockContext,
  session: Session,
  claim: Claim,
  wish: Wish,
): Observable<ClaimState> {
  const known$ = new Subject<void>();
  const late$ = timer(wish.ttl, context.scheduler).pipe(
    mergeMap(() => throwError(() => tooLate(wish))),
    takeUntil(known$),
  );
  const states$ = session.opened$.pipe(
    switchMap((lease) =>
      session.clear(claim.key).pipe(
        switchMap(() => positions(context, session, claim, wish)),
        tap(() => known$.next()),
        toStates(lease, wish),
      ),
    ),
  );
  return merge(late$, states$);
}

/** Where the claim stands: the answer to staking it, what the server tells, and what is re-read. */
function positions(
  { link }: LockContext,
  session: Session,
  claim: Claim,
  { key, id, data, ttl }: Wish,
): Observable<Position> {
  return defer(() => {
    let known = false;
    claim.sent = true;
    const { nonce } = claim;
    const stake = { session: session.id, nonce, key, id, data };
    const told$ = link.claim(nonce);
    const answer$ = link.ask('claim', (world) => world.stake(stake), ttl / 8);
    // Never staked anew once it was seen in the queue: that would be another claim.
    const reread$ = link.reconnected$.pipe(
      filter(() => known),
      switchMap(() => link.ask('read', (world) => world.look(stake), ttl / 8)),
    );
    return merge(told$, answer$.pipe(takeUntil(told$)), reread$).pipe(
      tap((position) => {
        known = true;
        if (position.status === 'gone' && position.why === 'session') session.lost();
      }),
    );
  });
}

function toStates(lease: SessionLease, wish: Wish): OperatorFunction<Position, ClaimState> {
  return (positions$) =>
    positions$.pipe(
      map((position) => {
        if (position.status === 'gone') throw claimLost(wish, position.why);
        return position;
      }),
      distinctUntilChanged((before, now) => before.ahead === now.ahead),
      filter(({ ahead }) => ahead > 0 || lease.isLive()), // else the session is over any moment
      map(({ token, ahead }) => stateOf(token, ahead, lease)),
    );
}

function stateOf(token: bigint, ahead: number, lease: Lease): ClaimState {
  return ahead > 0 ? { status: 'waiting', ahead } : { status: 'held', token, lease };
}

/** Told through a subscriber: what the callback throws is reported and stops nobody. */
function settledOf({ settled }: Wish): (outcome: Settlement) => void {
  return (outcome) => effect(of(outcome), settled);
}

function claimLost({ key, id }: Wish, why: string): LeadershipError {
  return new LeadershipError('claim-lost', `the claim of "${id}" on "${key}" is gone: ${why}`);
}

function tooLate({ key, id, ttl }: Wish): LeadershipError {
  const message = `the claim of "${id}" on "${key}" was not staked within ${ttl} ms`;
  return new LeadershipError('store-unreachable', message);
}
