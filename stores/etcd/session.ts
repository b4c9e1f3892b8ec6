import { Subscription } from 'rxjs';
import { momentOf, type Clock } from '../../lib/clock.js';
import { LeadershipError } from '../../lib/errors.js';
import { SessionLease } from '../../lib/lease.js';
import type { Connection } from './connection.js';
import { Renewal } from './renewal.js';
import { Backoff, pause } from './timers.js';

/** What sessions need to know of their store. */
export interface SessionSettings {
  readonly clock: Clock;
  /** The safety margin for a granted ttl. */
  readonly margin: (ttl: number) => number;
}

/**
 * The longest time for one request: enough for a round trip of half a ttl. On a dead connection it
 * seldom lasts that long, as the renewals notice and the connection fails for everybody.
 */
export function requestLimit(ttl: number): number {
  return Math.min(5_000, Math.max(1_000, (ttl * 3) / 4));
}

/** A lease of etcd, held for all claims of one store that want the same ttl. */
export class Session {
  readonly lease: SessionLease;
  /** Decimal, as the npm client writes it: 19 digits are too many for a number. */
  readonly id: string;
  readonly limit: number;
  readonly #connection: Connection;
  readonly #renewal: Renewal;
  readonly #members = new Set<(error: LeadershipError) => void>();
  readonly #endings = new Set<() => void>();
  readonly #runsOut = new Subscription();
  #expiring = false;
  #error: LeadershipError | undefined;
  #revoked: Promise<boolean> | undefined;

  private constructor(
    connection: Connection,
    id: string,
    lease: SessionLease,
    renewal: (gone: (error: LeadershipError) => void) => Renewal,
  ) {
    this.#connection = connection;
    this.id = id;
    this.lease = lease;
    this.limit = requestLimit(lease.ttl);
    this.#renewal = renewal((error) => this.end(error));
    const ranOut = () =>
      this.end(new LeadershipError('session-lost', 'etcd: the lease of the session ran out'));
    // Perhaps at once: the machine may have slept while the lease was granted.
    this.#runsOut.add(lease.runsOut(0).subscribe({ next: ranOut, error: ranOut }));
  }

  static async open(
    connection: Connection,
    ttl: number,
    { clock, margin }: SessionSettings,
  ): Promise<Session> {
    const limit = requestLimit(ttl);
    let sent = momentOf(clock);
    const { ID, TTL } = await connection.call('grant a lease', limit, (client, options) => {
      sent = momentOf(clock); // waiting for a connection does not count
      return client.leaseClient.leaseGrant({ TTL: Math.ceil(ttl / 1_000) }, options);
    });
    const granted = Number(TTL) * 1_000;
    const timing = { ttl: granted, margin: margin(granted), gap: granted / 2 };
    const lease = new SessionLease(timing, sent, clock, connection.scheduler);
    return new Session(
      connection,
      ID,
      lease,
      (gone) => new Renewal(connection, lease, { id: ID, granted: sent, clock }, gone),
    );
  }

  get isOver(): boolean {
    return this.#error !== undefined || !this.lease.isLive();
  }

  /** Whether it takes no new claims: it is over, or is not renewed any more. */
  get isRetired(): boolean {
    return this.isOver || this.#expiring;
  }

  /** In the form that other programs write into keys. */
  get hex(): string {
    return BigInt(this.id).toString(16);
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
    this.#renewal.stop();
  }

  /** The session is over for all its claims. What it holds in the store is given back. */
  end(error: LeadershipError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#renewal.stop();
    this.#runsOut.unsubscribe();
    this.lease.end();
    for (const ended of this.#endings) ended();
    for (const lost of [...this.#members]) lost(error);
    this.#members.clear();
    void this.revoke();
  }

  /**
   * Takes the lease back, and with it all keys that are on it. Resolves with whether that is
   * certain; bounded by the ttl, after which the lease is gone anyway unless its end was hindered.
   */
  revoke(): Promise<boolean> {
    this.end(new LeadershipError('session-lost', 'etcd: the session was given back'));
    this.#revoked ??= this.#revoke();
    return this.#revoked;
  }

  async #revoke(): Promise<boolean> {
    const { scheduler } = this.#connection;
    const until = scheduler.now() + this.lease.ttl;
    const backoff = new Backoff();
    for (;;) {
      try {
        await this.#connection.call('revoke a lease', this.limit, (client, options) =>
          client.leaseClient.leaseRevoke({ ID: this.id }, options),
        );
        return true;
      } catch (error) {
        const { code } = error as LeadershipError;
        if (code === 'session-lost') return true; // it was gone already
        if (code !== 'store-unreachable' || scheduler.now() >= until) return false;
        await pause(scheduler, backoff.next());
      }
    }
  }
}
