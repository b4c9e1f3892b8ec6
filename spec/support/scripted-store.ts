import { NEVER, Observable, type SchedulerLike } from 'rxjs';
import {
  SessionLease,
  type ClaimRequest,
  type ClaimState,
  type KeyState,
  type LeadershipStore,
  type LeaseTiming,
  type Settlement,
} from '../../lib/index.js';

/** One subscription to `lock`, for a test to act as the store. */
export interface ScriptedClaim {
  readonly request: ClaimRequest;
  /** Frames of the virtual clock. */
  readonly subscribedAt: number;
  unsubscribedAt: number | undefined;
  waiting(ahead?: number): void;
  held(token: bigint, lease: SessionLease): void;
  leaving(): void;
  fails(error: unknown): void;
}

/**
 * A store whose every answer is written by the test: for what the core must do on its own, without
 * a real store's guards behind it. `ttl` 1000, margin 200, gap 500 unless said otherwise.
 */
export class ScriptedStore implements LeadershipStore {
  readonly name = 'scripted';
  readonly clock;
  readonly claims: ScriptedClaim[] = [];
  readonly settlements: Settlement[] = [];
  /** When false, the test calls `request.settled` itself. */
  settles = true;
  watch$: Observable<KeyState> = NEVER;
  onClaim: ((claim: ScriptedClaim, index: number) => void) | undefined;
  onRelease: ((claim: ScriptedClaim, index: number) => void) | undefined;

  readonly scheduler: SchedulerLike;
  readonly terms: LeaseTiming;

  constructor(scheduler: SchedulerLike, terms = { ttl: 1000, margin: 200, gap: 500 }) {
    this.scheduler = scheduler;
    this.terms = terms;
    this.clock = { now: () => scheduler.now() };
  }

  timing(ttl = this.terms.ttl) {
    return { ...this.terms, ttl };
  }

  /** A lease whose granting request left now. */
  lease(sentAgo = 0): SessionLease {
    const sent = { now: this.clock.now() - sentAgo, sinceBoot: undefined };
    return new SessionLease(this.terms, sent, this.clock, this.scheduler);
  }

  lock(_key: string, request: ClaimRequest): Observable<ClaimState> {
    return new Observable<ClaimState>((subscriber) => {
      const claim: ScriptedClaim = {
        request,
        subscribedAt: this.clock.now(),
        unsubscribedAt: undefined,
        waiting: (ahead) => {
          subscriber.next(
            ahead === undefined ? { status: 'waiting' } : { status: 'waiting', ahead },
          );
        },
        held: (token, lease) => {
          subscriber.next({ status: 'held', token, lease });
        },
        leaving: () => {
          subscriber.next({ status: 'leaving' });
        },
        fails: (error) => {
          subscriber.error(error);
        },
      };
      const index = this.claims.push(claim) - 1;
      this.onClaim?.(claim, index);
      return () => {
        claim.unsubscribedAt = this.clock.now();
        this.onRelease?.(claim, index);
        if (this.settles)
          this.scheduler.schedule(() => request.settled?.({ outcome: 'released' }), 1);
      };
    });
  }

  watch(): Observable<KeyState> {
    return this.watch$;
  }

  contenders() {
    return NEVER;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
