import type { LeadershipError } from '../../lib/errors.js';
import type { SessionLease } from '../../lib/lease.js';
import type { Failures } from './failures.js';

export interface RenewingParts {
  readonly failures: Failures;
  readonly lease: SessionLease;
  /** Told once, when the session cannot be kept. */
  readonly gone: (error: LeadershipError) => void;
}

/** What renews a session every quarter of its ttl, and in which way never: past its deadline. */
export abstract class Renewing {
  protected readonly lease: SessionLease;
  readonly #failures: Failures;
  readonly #gone: (error: LeadershipError) => void;
  #stopped = false;

  constructor({ failures, lease, gone }: RenewingParts) {
    this.lease = lease;
    this.#failures = failures;
    this.#gone = gone;
  }

  /** Nothing is sent any more: what is not renewed ends. */
  stop(): void {
    this.#stopped = true;
    this.giveBack();
  }

  /** Cancels all timers and requests. */
  protected abstract giveBack(): void;

  protected get isStopped(): boolean {
    return this.#stopped;
  }

  protected get interval(): number {
    return this.lease.ttl / 4;
  }

  /** A session past its deadline is dead: a renewal could only keep its keys without a leader. */
  protected endIfOver(): boolean {
    if (this.#stopped) return true;
    if (this.lease.isLive()) return false;
    this.end('its lease ran out before a renewal was acknowledged');
    return true;
  }

  protected end(why: string): void {
    this.fail(this.#failures.sessionLost(`the session is gone: ${why}`));
  }

  protected fail(error: LeadershipError): void {
    this.stop();
    this.#gone(error);
  }
}
