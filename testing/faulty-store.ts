import {
  delay,
  defer,
  filter,
  ignoreElements,
  merge,
  mergeMap,
  of,
  tap,
  throwError,
  timer,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import { LeadershipError, type LeadershipErrorCode } from '../lib/index.js';
import type { ClaimRequest, ClaimState, LeadershipStore, Settlement } from '../lib/index.js';
import { planOf, storeFaults, type ClaimPlan, type StoreFault } from './fault-plan.js';
import { frozen } from './frozen.js';
import { MutedLease } from './muted-lease.js';

export interface FaultyStoreOptions {
  /** Decides what goes wrong, and when. Default: another one each time, see `seed` of the result. */
  readonly seed?: number;
  /** How probable each fault is, for each claim and each watch, from 0 to 1. Default 0.2. */
  readonly likelihood?: number;
  /** Which faults there are. Default: all. */
  readonly faults?: readonly StoreFault[];
}

export interface FaultyStore extends LeadershipStore {
  readonly seed: number;
  /** What went wrong so far, and when, on the store's clock. */
  readonly done: readonly string[];
}

/**
 * A store on which things go wrong, made of one that is in order: whatever the contract lets a
 * store do, and no more. Programs that are right on any store are right on this one.
 *
 * - `late-claim`: what is told of a claim comes up to a quarter of its ttl late, and `held` only
 *   while the lease is live.
 * - `lost-claim`: the answer to a claim is lost: `store-unreachable` within the ttl, and it is
 *   given back.
 * - `lost-session`: the session ends early: `session-lost` at some time, before or in a term.
 * - `lost-renewals`: renewals are not acknowledged for a while: the lease is `suspended` and does
 *   not move; when it runs out meanwhile it is over for good, `lease-expired`.
 * - `lost-release`: the answer to a release is lost: `settled` tells `abandoned`.
 * - `frozen-watch`: for a while a watch shows nothing new, or that it is stale; then what is so.
 *
 * What happens to the n-th claim and the n-th watch follows from the seed alone. In real time the
 * moments differ a little from run to run, in virtual time they do not.
 *
 * @example
 * await underFaults(async (faulty) => {
 *   const store = faulty(memoryStore({ ttl: 2_000 }));
 *   await yourTestWith(store);
 * }); // when that fails, the error says what went wrong, and with which seed
 */
export function faultyStore(store: LeadershipStore, options: FaultyStoreOptions = {}): FaultyStore {
  return new StoreWithFaults(store, options);
}

class StoreWithFaults implements FaultyStore {
  readonly seed: number;
  readonly done: string[] = [];
  readonly name: string;
  readonly scheduler: LeadershipStore['scheduler'];
  readonly clock: LeadershipStore['clock'];
  readonly #store: LeadershipStore;
  readonly #likelihood: number;
  readonly #faults: readonly StoreFault[];
  #claims = 0;
  #watches = 0;

  constructor(store: LeadershipStore, options: FaultyStoreOptions) {
    const { seed = Math.floor(Math.random() * 2 ** 31), likelihood = 0.2 } = options;
    if (!(likelihood >= 0 && likelihood <= 1))
      throw new LeadershipError('invalid-option', `likelihood is ${likelihood}, not 0 to 1`);
    this.seed = seed;
    this.#likelihood = likelihood;
    this.#faults = options.faults ?? storeFaults;
    this.#store = store;
    this.name = `faulty ${store.name}`;
    this.scheduler = store.scheduler;
    this.clock = store.clock;
  }

  timing(ttl?: number) {
    return this.#store.timing(ttl);
  }

  lock(key: string, claim: ClaimRequest): Observable<ClaimState> {
    void this.#store.lock(key, claim); // throws at the call what it has against the arguments
    return defer(() => {
      this.#claims += 1;
      const what = `claim ${this.#claims}, "${claim.id}" on "${key}"`;
      const { ttl } = this.timing(claim.ttl);
      const plan = this.#plan('claim', this.#claims, ttl);
      const settled = (outcome: Settlement) => {
        claim.settled?.(plan.lostRelease ? this.#abandoned(what) : outcome);
      };
      return this.#store.lock(key, { ...claim, settled }).pipe(this.#troubled(what, plan));
    });
  }

  watch(key: string) {
    const watch$ = this.#store.watch(key);
    const stale = <S extends object>(state: S) => ({ ...state, stale: true });
    return defer(() => watch$.pipe(this.#freezing(`the watch of "${key}"`, stale)));
  }

  contenders(key: string) {
    const contenders$ = this.#store.contenders(key);
    return defer(() => contenders$.pipe(this.#freezing(`the contenders of "${key}"`)));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #plan(kind: 'claim' | 'watch', number: number, ttl: number): ClaimPlan {
    const rules = { likelihood: this.#likelihood, faults: this.#faults, ttl };
    return planOf({ seed: this.seed, kind, number }, rules);
  }

  #troubled(what: string, plan: ClaimPlan): MonoTypeOperatorFunction<ClaimState> {
    return (claim$) => {
      const late$ = plan.late === 0 ? claim$ : claim$.pipe(this.#late(plan.late, what));
      const told$ =
        plan.lostClaim === undefined
          ? late$
          : late$.pipe(filter(({ status }) => status === 'leaving'));
      return merge(
        this.#failing(plan.lostClaim, 'store-unreachable', `${what}: its answer is lost`),
        this.#failing(plan.lostSession, 'session-lost', `${what}: its session is lost`),
        plan.lostRenewals === undefined
          ? told$
          : told$.pipe(mergeMap((state) => this.#muting(state, plan, what))),
      );
    };
  }

  /** Never tells of a claim whose lease has run out meanwhile. */
  #late(late: number, what: string): MonoTypeOperatorFunction<ClaimState> {
    this.#note(`${what}: ${late} late`);
    return (claim$) =>
      claim$.pipe(
        delay(late, this.scheduler),
        filter((state) => state.status !== 'held' || this.#isLive(state)),
      );
  }

  #isLive({ lease }: ClaimState & { status: 'held' }): boolean {
    return this.clock.now() < lease.validUntil();
  }

  #failing(after: number | undefined, code: LeadershipErrorCode, what: string): Observable<never> {
    if (after === undefined) return merge();
    return timer(after, this.scheduler).pipe(
      tap(() => this.#note(what)),
      mergeMap(() => throwError(() => new LeadershipError(code, what))),
    );
  }

  #muting(state: ClaimState, { lostRenewals }: ClaimPlan, what: string): Observable<ClaimState> {
    if (state.status !== 'held' || lostRenewals === undefined) return of(state);
    const lease = new MutedLease(state.lease, this.clock, this.scheduler);
    const { from, to } = lostRenewals;
    const at = (moment: number, action: () => void) =>
      timer(moment, this.scheduler).pipe(tap(action), ignoreElements());
    const mute = () => {
      this.#note(`${what}: renewals are lost for ${to - from}`);
      lease.mute();
    };
    const expired = `${what}: no renewal was acknowledged in time`;
    return merge(
      of({ ...state, lease }),
      at(from, mute),
      at(to, () => lease.unmute()),
      lease
        .runsOut(0)
        .pipe(mergeMap(() => throwError(() => new LeadershipError('lease-expired', expired)))),
    );
  }

  #freezing<S>(what: string, stale?: (state: S) => S): MonoTypeOperatorFunction<S> {
    this.#watches += 1;
    const { frozenWatch } = this.#plan('watch', this.#watches, this.timing().ttl);
    if (frozenWatch === undefined) return (state$) => state$;
    const name = `${what}, number ${this.#watches}`;
    return frozen(frozenWatch, this.scheduler, {
      ...(stale && { stale }),
      tell: (phase) => this.#note(`${name}: ${phase}`),
    });
  }

  #abandoned(what: string): Settlement {
    const why = `${what}: the answer to its release is lost`;
    this.#note(why);
    return { outcome: 'abandoned', error: new LeadershipError('store-unreachable', why) };
  }

  #note(what: string): void {
    this.done.push(`${Math.round(this.clock.now())} ${what}`);
  }
}
