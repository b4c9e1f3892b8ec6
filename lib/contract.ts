import type { Observable, SchedulerLike } from 'rxjs';
import type { Clock } from './clock.js';
import type { LeadershipError } from './errors.js';

/** What a store can do: a session-lock and a key-watch. Everything else is a pipeline on top. */
export interface LeadershipStore {
  /** For messages and metrics, for example `etcd`. */
  readonly name: string;
  /** Timers of this store and of all that is built on it. In tests: a `TestScheduler`. */
  readonly scheduler: SchedulerLike;
  /** The clock by which leases of this store are judged. */
  readonly clock: Clock;
  /** What this store would ask for and keep to, for checks at the call. Pure. */
  timing(ttl?: number): LeaseTiming;
  /**
   * Session-lock. Subscribing stakes a claim on `key`; unsubscribing gives it up, whatever state
   * it is in. Never completes by itself. Errors, with a {@link LeadershipError}, when the claim or
   * its session is gone or the store refuses it (`store-unreachable` when it could not be staked
   * within the ttl). Never retries on its own account: each subscription is a fresh claim.
   * On a closed store it says `leaving` at once.
   */
  lock(key: string, claim: ClaimRequest): Observable<ClaimState>;
  /**
   * Key-watch. Who leads `key` now, each change after that, and whether this is still fresh.
   * Completes only when the store is closed. A broken connection is resumed inside, without a gap.
   * Never shows a smaller token after a larger one, unless it errored with `data-lost` in between.
   */
  watch(key: string): Observable<KeyState>;
  /** Everyone in the queue of `key`, the leader first. Completes when the store is closed. */
  contenders(key: string): Observable<readonly Contender[]>;
  /**
   * Asks every claim to leave in order, and resolves once every claim and session that this store
   * opened is given up and its connections are closed. Bounded by the leases. Idempotent.
   */
  close(): Promise<void>;
}

/** How a lease is kept, in milliseconds. */
export interface LeaseTiming {
  /** How long the store waits for a sign of life before it gives the claims away. */
  readonly ttl: number;
  /** Taken off the ttl on our side: for clock rates, and for what the store's majority may do. */
  readonly margin: number;
  /** How much of a lease may be used up before the renewal that follows a lost one counts. */
  readonly gap: number;
}

/** Shared by all claims of a session: one renewal and one timer, however many elections. */
export interface Lease extends LeaseTiming {
  /**
   * Until when the session is certain, on the store's clock, margin taken off. Moves with each
   * acknowledged renewal; moves back when the machine slept. `-Infinity` once the session is known
   * to have ended before its time.
   */
  validUntil(): number;
  /** Emits once and completes when `before` milliseconds or less are left. One timer per value. */
  runsOut(before: number): Observable<undefined>;
  /**
   * The present state at once, then each change; completes after `over`. `suspended`: at the
   * latest half a renewal interval after a renewal that was not answered.
   */
  readonly state$: Observable<LeaseState>;
}

export type LeaseState = 'live' | 'suspended' | 'over';

/** A wish for a place in the queue of an election. */
export interface ClaimRequest {
  /** What followers see. Not empty, without NUL. */
  readonly id: string;
  /** More for followers, an address say. */
  readonly data?: string | undefined;
  /** Milliseconds. Default: the store's. Another value costs a session of its own. */
  readonly ttl?: number | undefined;
  /**
   * Told once per subscription how the claim was given back, also after an error; never inside
   * `subscribe` or `unsubscribe`. Bounded: by the ttl, when the store does not answer.
   */
  readonly settled?: ((outcome: Settlement) => void) | undefined;
}

/**
 * How a claim was given back. `released`: it is certain that the store holds no trace of it, or
 * never did. `abandoned`: not confirmed in time; the store stays at it as long as the session
 * lives, and the claim is gone when that ends.
 */
export type Settlement =
  | { readonly outcome: 'released' }
  | { readonly outcome: 'abandoned'; readonly error: LeadershipError };

/**
 * Where a claim stands. `waiting`: in the queue, `ahead` claims before it where that is known.
 * `held`: ours; once per claim, and only while the lease is live. `leaving`: the store is being
 * closed, give the claim up in order.
 */
export type ClaimState =
  | { readonly status: 'waiting'; readonly ahead?: number }
  | { readonly status: 'held'; readonly token: bigint; readonly lease: Lease }
  | { readonly status: 'leaving' };

/** Who leads: what the store has of the leading claim. */
export interface LeaderRecord {
  readonly id: string;
  readonly data?: string;
  /** Larger than that of every earlier term of this election. */
  readonly token: bigint;
  /** The token as a decimal string: a `bigint` breaks `JSON.stringify`. */
  toJSON(): { readonly id: string; readonly data?: string; readonly token: string };
}

/** One claim in the queue of an election. */
export type Contender = LeaderRecord;

/** `leader` is `undefined` while vacant. `stale`: the last known, without contact since. */
export interface KeyState {
  readonly leader: LeaderRecord | undefined;
  readonly stale: boolean;
}

/** Makes a {@link LeaderRecord}, or a {@link Contender}. */
export function leaderRecord(id: string, token: bigint, data?: string): LeaderRecord {
  const plain = data === undefined ? { id } : { id, data };
  return { ...plain, token, toJSON: () => ({ ...plain, token: token.toString() }) };
}
