import { Subscription, type SchedulerLike } from 'rxjs';
import type { LeadershipError } from '../../lib/errors.js';
import type { SessionLease } from '../../lib/lease.js';
import type { Failures } from './failures.js';
import { Backoff, pause } from './timers.js';

/** What a store does for one of its sessions. */
export interface SessionDriver {
  /** Nothing is sent any more: what is not renewed ends. */
  stopRenewing(): void;
  /**
   * Takes the session back, and with it all that is on it. Resolves when it is gone; rejects with a
   * typed error, of which `session-lost` says that it was gone already.
   */
  destroy(): Promise<void>;
}

/** What a session needs to know. */
export interface SessionParts<D extends SessionDriver> {
  readonly failures: Failures;
  readonly scheduler: SchedulerLike;
  readonly lease: SessionLease;
  /** Begins to renew; call `gone` when that has failed for good. */
  readonly drive: (gone: (error: LeadershipError) => void) => D;
}

/**
 * The longest time for one request: enough for a round trip of half a ttl. On a dead connection it
 * seldom lasts that long, as the renewals notice and the connection fails for everybody.
 */
export function requestLimit(ttl: number): number {
  return Math.min(5_000, Math.max(1_000, (ttl * 3) / 4));
}

/** What a store keeps alive for all claims of one process that want the same ttl. */
export class Session<D extends SessionDriver = SessionDriver> {
  readonly lease: SessionLease;
  readonly driver: D;
  /** For each request that is made on its behalf. */
  readonly limit: number;
  readonly #failures: Failures;
  readonly #scheduler: SchedulerLike;
  readonly #members = new Set<(error: LeadershipError) => void>();
  readonly #endings = new Set<() => void>();
  readonly #runsOut = new Subscription();
  #expiring = false;
  #error: LeadershipError | undefined;
  #revoked: Promise<boolean> | undefined;

  constructor({ failures, scheduler, lease, drive }: SessionParts<D>) {
    this.#failures = failures;
    this.#scheduler = scheduler;
    this.lease = lease;
    this.limit = requestLimit(lease.ttl);
    this.driver = drive((error) => this.end(error));
    const ranOut = () => this.end(failures.sessionLost('the lease of the session ran out'));
    // Perhaps at once: the machine may have slept while the session was made.
    this.#runsOut.add(lease.runsOut(0).subscribe({ next: ranOut, error: ranOut }));
  }

  get isOver(): boolean {
    return this.#error !== undefined || !this.lease.isLive();
  }

  /** Whether it takes no new claims: it is over, or is not renewed any more. */
  get isRetired(): boolean {
    return this.isOver || this.#expiring;
  }

  /** `lost` is told when the session is over, at once if it is. Call the result to leave. */
  join(lost: (error: LeadershipError) => void): () => void {
    if (this.#error !== undefined) {
      lost(this.#error);
      return () => undefined;
    }
    this.#members.add(lost);
    return () => this.#members.delete(lost);
  }

  /** Call the result to be forgotten. */
  onEnd(ended: () => void): () => void {
    this.#endings.add(ended);
    return () => this.#endings.delete(ended);
  }

  /** Renewals stop: the session ends with its lease, and everybody on it can see that coming. */
  expire(): void {
    this.#expiring = true;
    this.driver.stopRenewing();
  }

  /** The session is over for all its claims. What it holds in the store is given back. */
  end(error: LeadershipError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.driver.stopRenewing();
    this.#runsOut.unsubscribe();
    this.lease.end();
    for (const ended of this.#endings) ended();
    for (const lost of [...this.#members]) lost(error);
    this.#members.clear();
    void this.revoke();
  }

  /**
   * Takes the session back, and with it all that is on it. Resolves with whether that is certain;
   * bounded by the ttl, after which it is gone anyway unless its end was hindered.
   */
  revoke(): Promise<boolean> {
    this.end(this.#failures.sessionLost('the session was given back'));
    this.#revoked ??= this.#revoke();
    return this.#revoked;
  }

  async #revoke(): Promise<boolean> {
    const until = this.#scheduler.now() + this.lease.ttl;
    const backoff = new Backoff();
    for (;;) {
      try {
        await this.driver.destroy();
        return true;
      } catch (error) {
        const { code } = error as LeadershipError;
        if (code === 'session-lost') return true; // it was gone already
        if (code !== 'store-unreachable' || this.#scheduler.now() >= until) return false;
        await pause(this.#scheduler, backoff.next());
      }
    }
  }
}
