import {
  catchError,
  filter,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  scan,
  throwError,
  timer,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import {
  isLeadershipError,
  type ClaimRequest,
  type ClaimState,
  type LeadershipErrorCode,
  type LeadershipStore,
  type Lease,
} from '../../lib/index.js';
import type { Ground, Process } from './in-memory.js';
import { ttl } from './program.js';

/** A store or a clock that breaks one of the ten safety rules, and what finds it out. */
export interface Broken {
  readonly rule: number;
  readonly does: string;
  readonly foundBy: RegExp;
  readonly ground: Ground;
}

type Lock = (key: string, claim: ClaimRequest) => Observable<ClaimState>;
type Held = Extract<ClaimState, { status: 'held' }>;

/** A process whose claims are another's. */
const locking = (lock: (right: Lock, process: Process) => Lock): Ground => ({
  broken: (process) => {
    const { store } = process;
    const right: Lock = (key, claim) => store.lock(key, claim);
    return Object.assign(Object.create(store) as LeadershipStore, {
      name: store.name,
      scheduler: store.scheduler,
      clock: store.clock,
      timing: store.timing.bind(store),
      watch: store.watch.bind(store),
      contenders: store.contenders.bind(store),
      close: store.close.bind(store),
      lock: lock(right, process),
    });
  },
});

/** A process to which something else is told of its claims. */
const telling = (told: (process: Process) => MonoTypeOperatorFunction<ClaimState>): Ground =>
  locking((right, process) => (key, claim) => right(key, claim).pipe(told(process)));

const heldBy = (change: (held: Held) => Lease) =>
  map((state: ClaimState) =>
    state.status === 'held' ? { ...state, lease: change(state) } : state,
  );

/** A lease that ends at another time than the right one, and says so to nobody. */
const lasting = ({ lease }: Held, validUntil: () => number): Lease => ({
  ...{ ttl: lease.ttl, margin: lease.margin, gap: lease.gap },
  validUntil,
  runsOut: () => NEVER,
  state$: lease.state$.pipe(filter((state) => state !== 'over')),
});

/** Goes on as if nothing was, where a claim was lost for one of these reasons. */
const deafTo = (...codes: LeadershipErrorCode[]): MonoTypeOperatorFunction<ClaimState> =>
  catchError((error: unknown) =>
    isLeadershipError(error) && codes.includes(error.code) ? NEVER : throwError(() => error),
  );

const longer = telling(
  () => (states$) =>
    states$.pipe(
      heldBy((held) => lasting(held, () => held.lease.validUntil() + 500)),
      deafTo('lease-expired', 'session-lost'),
    ),
);

/** Believes again, in what was over, as soon as messages get through again. */
const reviving = telling(
  ({ store, isReached }) =>
    (states$) =>
      states$.pipe(
        heldBy((held) => {
          const now = () => store.clock.now();
          let until = held.lease.validUntil();
          return lasting(held, () => {
            until = isReached() ? now() + ttl / 2 : Math.min(until, now() + ttl / 2);
            return until;
          });
        }),
        deafTo('lease-expired', 'session-lost'),
      ),
);

const believing = telling(
  () => (states$) =>
    states$.pipe(
      heldBy((held) => lasting(held, () => Infinity)),
      deafTo('lease-expired'),
    ),
);

/** Takes the departure of anybody in front for its own turn. */
const eager = telling(
  ({ store }) =>
    (states$) =>
      states$.pipe(
        scan(
          ({ ahead }: { ahead: number; state: ClaimState }, state) => ({
            ahead: state.status === 'waiting' ? (state.ahead ?? 0) : 0,
            state: state.status === 'waiting' && (state.ahead ?? 0) < ahead ? leads(store) : state,
          }),
          { ahead: 0, state: { status: 'leaving' } },
        ),
        map(({ state }) => state),
      ),
);

function leads(store: LeadershipStore): Held {
  const until = store.clock.now() + ttl;
  const lease: Lease = {
    ...store.timing(),
    validUntil: () => until,
    runsOut: () => NEVER,
    state$: of('live'),
  };
  return { status: 'held', token: 1_000_000n, lease };
}

/** Another election keeps the session alive, so that nothing else ends the term. */
const blind = locking(
  (right) => (key, claim) =>
    merge(
      right(key, claim).pipe(deafTo('claim-lost')),
      right(`${key} of ${claim.id}`, { id: claim.id }).pipe(ignoreElements()),
    ),
);

/** Stakes another claim when the answer to the first is late, and forgets that. */
const doubling = locking(
  (right, { store }) =>
    (key, claim) =>
      new Observable<ClaimState>((out) => {
        let known = false;
        const told = (state: ClaimState) => {
          known = true;
          out.next(state);
        };
        const forgotten$ = right(key, { id: claim.id });
        const first = forgotten$.subscribe({
          next: told,
          error: (error: unknown) => out.error(error),
        });
        const again$ = timer(500, store.scheduler).pipe(
          filter(() => !known),
          mergeMap(() => right(key, claim)),
        );
        out.add(again$.subscribe({ next: told, error: (error: unknown) => out.error(error) }));
        return () => {
          if (known) first.unsubscribe();
        };
      }),
);

/** Frees the key when it leaves, whoever holds it. */
const rude = locking(
  (right, { store }) =>
    (key, claim) =>
      merge(
        right(key, claim),
        new Observable<never>(() => () => void store.server.deleteClaim(key)),
      ),
);

const counting = (): Ground => {
  let count = 0n;
  return telling(() =>
    map((state) => {
      if (state.status !== 'held') return state;
      count += 1n;
      return { ...state, token: count % 3n === 0n ? count - 2n : count };
    }),
  );
};

/** Forgets a claim that is given up on its way. */
const forgetful = locking(
  (right) => (key, claim) =>
    new Observable<ClaimState>((out) => {
      let known = false;
      const claimed = right(key, claim).subscribe({
        next: (state) => {
          known = true;
          out.next(state);
        },
        error: (error: unknown) => out.error(error),
      });
      return () => {
        if (known) claimed.unsubscribe();
      };
    }),
);

/** Every rule of `docs/guarantees.md`, by its number there. */
export const broken: readonly Broken[] = [
  { rule: 1, does: 'counts a lease longer than it is', foundBy: /^one-leader/u, ground: longer },
  {
    rule: 2,
    does: 'reads a clock that is set back',
    foundBy: /^one-leader/u,
    ground: { clockError: (now) => (now > 2_000 ? -1_500 : 0) },
  },
  {
    rule: 3,
    does: 'revives what is over',
    foundBy: /^(one-leader|nothing-after-the-end)/u,
    ground: reviving,
  },
  {
    rule: 4,
    does: 'believes until the store says otherwise',
    foundBy: /^one-leader/u,
    ground: believing,
  },
  { rule: 5, does: 'leads when anybody leaves', foundBy: /^one-leader/u, ground: eager },
  { rule: 6, does: 'does not watch its claim', foundBy: /^one-leader/u, ground: blind },
  {
    rule: 7,
    does: 'takes a lost answer for a refusal',
    foundBy: /^queue/u,
    ground: doubling,
  },
  { rule: 8, does: 'releases what is not its own', foundBy: /^one-leader/u, ground: rude },
  { rule: 9, does: 'counts its tokens itself', foundBy: /^tokens-rise/u, ground: counting() },
  { rule: 10, does: 'forgets a claim on its way', foundBy: /^queue/u, ground: forgetful },
];
