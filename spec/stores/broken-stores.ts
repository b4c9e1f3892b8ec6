import {
  catchError,
  concatMap,
  filter,
  finalize,
  map,
  NEVER,
  Observable,
  of,
  share,
  take,
  tap,
  throwError,
} from 'rxjs';
import {
  SessionLease,
  type ClaimRequest,
  type ClaimState,
  type LeadershipStore,
  type LeaseTiming,
} from '../../lib/index.js';
import type { MemoryStore } from '../../stores/memory/index.js';

/** What is broken of a store. */
export type Parts = Partial<
  Pick<LeadershipStore, 'lock' | 'watch' | 'contenders' | 'close' | 'timing'>
>;

type Lock = (key: string, claim: ClaimRequest) => Observable<ClaimState>;

/** A store whose claims are told something else. */
const telling =
  (change: (state: ClaimState, right: MemoryStore) => ClaimState) =>
  (right: MemoryStore): Parts => ({
    lock: (key, claim) => right.lock(key, claim).pipe(map((state) => change(state, right))),
  });

/** A store whose `lock` is another one, made of the right one. */
const locking =
  (lock: (right: Lock) => Lock) =>
  (right: MemoryStore): Parts => ({ lock: lock((key, claim) => right.lock(key, claim)) });

const timingOf = ({ ttl, margin, gap }: LeaseTiming) => ({ ttl, margin, gap });

/** A lease that differs from the right one in when it ends. */
const lasting = (until: (right: number) => number) =>
  telling((state) => {
    if (state.status !== 'held') return state;
    const lease = {
      ...timingOf(state.lease),
      state$: state.lease.state$.pipe(filter((state) => state !== 'over')),
      validUntil: () => until(state.lease.validUntil()),
      runsOut: (before: number) => state.lease.runsOut(before),
    };
    return { ...state, lease };
  });

const heldAtOnce = telling((state, right) => {
  if (state.status !== 'waiting') return state;
  const { clock, scheduler } = right;
  const sent = { now: clock.now(), sinceBoot: undefined };
  const lease = new SessionLease(right.timing(), sent, clock, scheduler);
  return { status: 'held', token: 1_000n, lease };
});

/** Keeps the claim, where `keeps` says so of what was told before. */
const keeping = (keeps: (states: readonly ClaimState[]) => boolean) =>
  locking((right) => (key, claim) => {
    return new Observable<ClaimState>((out) => {
      const states: ClaimState[] = [];
      const kept = right(key, claim)
        .pipe(tap((state) => states.push(state)))
        .subscribe({
          next: (state) => out.next(state),
          error: (error: unknown) => out.error(error),
        });
      return () => {
        if (!keeps(states)) kept.unsubscribe();
      };
    });
  });

/** What each does, the case that must find it out, and how it is made from a right store. */
export const brokenStores: readonly (readonly [
  does: string,
  foundBy: string,
  breakIt: (right: MemoryStore) => Parts,
])[] = [
  [
    'gives nothing back when it is unsubscribed',
    'an unsubscribed claim is given back at once, not when its lease runs out',
    keeping(() => true),
  ],
  [
    'forgets a claim that is on its way',
    'a claim given up on its way leaves no orphan in a session that lives on',
    keeping((states) => states.length === 0),
  ],
  [
    'stakes at the call',
    'an Observable of a claim is cold: nobody subscribed, nothing staked',
    locking((right) => (key, claim) => {
      const hot$ = right(key, claim).pipe(share());
      hot$.subscribe({ error: () => undefined });
      return hot$;
    }),
  ],
  [
    'settles inside unsubscribe',
    'settled tells `released`, and then the key is free',
    locking((right) => (key, { settled, ...claim }) => {
      return right(key, claim).pipe(finalize(() => settled?.({ outcome: 'released' })));
    }),
  ],
  [
    'settles twice',
    'a waiting claim is given back too',
    locking((right) => (key, claim) => {
      const settled: ClaimRequest['settled'] = (outcome) => {
        claim.settled?.(outcome);
        claim.settled?.(outcome);
      };
      return right(key, { ...claim, settled });
    }),
  ],
  [
    'never settles',
    'two candidates of one store run in one election like any others',
    locking((right) => (key, claim) => right(key, { ...claim, settled: undefined })),
  ],
  [
    'lets two lead',
    'of ten candidates exactly one holds the key, and each gets its turn',
    heldAtOnce,
  ],
  ['lets the second lead', 'the second claim waits', heldAtOnce],
  [
    'completes',
    'nothing follows after held while the lease is renewed',
    locking((right) => (key, claim) => right(key, claim).pipe(take(1))),
  ],
  [
    'gives out one token again and again',
    'tokens rise over fifty terms of three stores',
    telling((state) => (state.status === 'held' ? { ...state, token: 1n } : state)),
  ],
  [
    'knows no deadline',
    'a crashed holder is replaced, and not before its own lease has run out',
    lasting(() => Infinity),
  ],
  [
    'counts a lease without its margin',
    'the only claim is held, under a lease that is live',
    lasting((until) => until + 200),
  ],
  [
    'has errors of its own kind',
    'a holder whose claim is deleted is told, before its lease is over',
    locking((right) => (key, claim) => {
      return right(key, claim).pipe(catchError(() => throwError(() => new Error('gone'))));
    }),
  ],
  [
    'tells elections apart by how they are written',
    'a key is the same election however its slashes are written',
    locking((right) => (key, claim) => right(encodeURIComponent(key), claim)),
  ],
  [
    'trims ids',
    'ids and data are shown as they are: unicode, slashes, line breaks, JSON',
    locking((right) => (key, claim) => right(key, { ...claim, id: claim.id.trim() || '-' })),
  ],
  [
    'keeps to another ttl than it says',
    'what the store keeps to is known before, and leaves room for a lost renewal',
    (right) => ({ timing: () => right.timing(2 * right.timing().ttl) }),
  ],
  [
    'is never stale',
    'a follower that is cut off says so in time, and resumes without a gap',
    (right) => ({
      watch: (key) => right.watch(key).pipe(map(({ leader }) => ({ leader, stale: false }))),
    }),
  ],
  [
    'repeats itself to followers',
    'a follower is shown no state twice in a row',
    (right) => ({ watch: (key) => right.watch(key).pipe(concatMap((state) => of(state, state))) }),
  ],
  [
    'says nothing of elections that are vacant',
    'an election that nobody ever ran in is vacant',
    (right) => ({
      watch: (key) => right.watch(key).pipe(filter(({ leader }) => leader !== undefined)),
    }),
  ],
  [
    'shows no contenders',
    'the holder is a contender, with its token and data',
    (right) => ({ contenders: (key) => right.contenders(key).pipe(map(() => [])) }),
  ],
  [
    'does not ask claims to leave',
    'closing asks a held claim to leave, and waits until it is given back',
    locking((right) => (key, claim) => {
      return right(key, claim).pipe(filter(({ status }) => status !== 'leaving'));
    }),
  ],
  [
    'does not wait for claims when it is closed',
    'closing asks a held claim to leave, and waits until it is given back',
    (right) => ({
      close: () => {
        void right.close();
        return Promise.resolve();
      },
    }),
  ],
  [
    'lets campaigns believe in terms for ever',
    'a term that is cut off ends before another begins',
    (right) => {
      const endless = lasting(() => Infinity)(right).lock;
      return { lock: (key, claim) => endless!(key, claim).pipe(catchError(() => NEVER)) };
    },
  ],
];
