import type { SchedulerLike } from 'rxjs';
import type { Settlement } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import type { Session } from './session.js';
import type { Stake } from './stake.js';
import { Backoff, pause } from './timers.js';

/**
 * What a session still owes: claims that were given up and are not known to be gone. Each is
 * released and looked up again until that is certain, or the session is over. Meanwhile no new
 * claim of the same election is staked on this session; other elections go on.
 */
export class Books {
  readonly #session: Session;
  readonly #scheduler: SchedulerLike;
  readonly #condemned: () => void;
  readonly #owed = new Map<string, Set<Promise<unknown>>>();

  /** `condemned`: no new claim may come to this session. */
  constructor(session: Session, scheduler: SchedulerLike, condemned: () => void) {
    this.#session = session;
    this.#scheduler = scheduler;
    this.#condemned = condemned;
  }

  /** Resolves when nothing is owed in the election. */
  async clear(prefix: string): Promise<void> {
    for (;;) {
      const owed = this.#owed.get(prefix);
      if (owed === undefined) return;
      await Promise.race(owed);
    }
  }

  /** Gives the claim back. Resolves with how that ended; bounded by the ttl. */
  async giveBack(stake: Stake): Promise<Settlement> {
    const { prefix } = stake.election;
    const owed = this.#owed.get(prefix) ?? new Set();
    this.#owed.set(prefix, owed);
    const settling = this.#settle(stake);
    owed.add(settling);
    try {
      return await settling;
    } finally {
      owed.delete(settling);
      if (owed.size === 0) this.#owed.delete(prefix);
    }
  }

  async #settle(stake: Stake): Promise<Settlement> {
    const until = this.#scheduler.now() + this.#session.lease.ttl;
    const backoff = new Backoff();
    await stake.quiet();
    if (!stake.tried) return { outcome: 'released' };
    for (;;) {
      if (this.#session.isOver) return this.#settledByEnd();
      let error = new LeadershipError('store-unreachable', 'etcd: a claim may still arrive');
      let denied = false;
      try {
        if (await stake.release()) return { outcome: 'released' };
      } catch (failure) {
        error = failure as LeadershipError;
        denied = true;
      }
      if (this.#scheduler.now() >= until) {
        if (denied) this.#condemn();
        return { outcome: 'abandoned', error };
      }
      await pause(this.#scheduler, backoff.next());
    }
  }

  async #settledByEnd(): Promise<Settlement> {
    if (await this.#session.revoke()) return { outcome: 'released' };
    const message = 'etcd: the session ended, but the store did not confirm it';
    return { outcome: 'abandoned', error: new LeadershipError('store-unreachable', message) };
  }

  /**
   * A key that cannot be removed would be held for as long as other elections keep the session
   * alive: nobody could lead. So the session is not renewed any more, and everything on it ends
   * with its lease.
   */
  #condemn(): void {
    this.#condemned();
    this.#session.expire();
  }
}
