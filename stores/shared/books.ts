import type { SchedulerLike } from 'rxjs';
import type { Settlement } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import type { Failures } from './failures.js';
import type { Session } from './session.js';
import type { Stake } from './stake.js';
import { Backoff, pause } from './timers.js';

export interface BooksSurroundings {
  readonly session: Session;
  readonly failures: Failures;
  readonly scheduler: SchedulerLike;
}

/**
 * What a session still owes: claims that were given up and are not known to be gone. Each is
 * released and looked up again until that is certain, or the session is over. Meanwhile no new
 * claim of the same election is staked on this session; other elections go on.
 */
export class Books {
  readonly #surroundings: BooksSurroundings;
  readonly #owed = new Map<string, Set<Promise<unknown>>>();

  constructor(surroundings: BooksSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Resolves when nothing is owed in the election. */
  async clear(election: string): Promise<void> {
    for (;;) {
      const owed = this.#owed.get(election);
      if (owed === undefined) return;
      await Promise.race(owed);
    }
  }

  /** Gives the claim back. Resolves with how that ended; bounded by the ttl. */
  async giveBack(election: string, stake: Stake): Promise<Settlement> {
    const owed = this.#owed.get(election) ?? new Set();
    this.#owed.set(election, owed);
    const settling = this.#settle(election, stake);
    owed.add(settling);
    try {
      return await settling;
    } finally {
      owed.delete(settling);
      if (owed.size === 0) this.#owed.delete(election);
    }
  }

  async #settle(election: string, stake: Stake): Promise<Settlement> {
    const { session, scheduler, failures } = this.#surroundings;
    const { ttl } = session.lease;
    const until = scheduler.now() + ttl;
    const backoff = new Backoff();
    await stake.quiet();
    if (!stake.mayExist) return { outcome: 'released' };
    for (;;) {
      if (session.isOver) return this.#settledByEnd();
      const release = await tryToRelease(stake);
      if (release.state === 'gone') return { outcome: 'released' };
      const now = scheduler.now();
      if (release.state === 'may arrive' && now >= stake.lastSent + ttl) {
        this.#lieInWait(election, stake);
        return { outcome: 'abandoned', error: failures.unconfirmed('a claim') };
      }
      if (release.state === 'refused' && now >= until) {
        // A key that cannot be removed would be held for as long as other elections keep the
        // session alive, and nobody could lead. So everything on it ends with its lease.
        session.expire();
        return { outcome: 'abandoned', error: release.error };
      }
      await pause(scheduler, backoff.next());
    }
  }

  async #settledByEnd(): Promise<Settlement> {
    const { session, failures } = this.#surroundings;
    if (await session.revoke()) return { outcome: 'released' };
    return { outcome: 'abandoned', error: failures.unconfirmed('the end of the session') };
  }

  /**
   * A server that was frozen with a request in its hands carries it out whenever it goes on, and
   * nothing bounds that but the end of the session. After a ttl without a trace of it the election
   * does not wait any longer: a claim that does arrive is noticed, and removed at once.
   */
  #lieInWait(election: string, stake: Stake): void {
    const { session } = this.#surroundings;
    if (session.isOver) return;
    const stopWaiting = stake.lieInWait({
      arrived: () => {
        stop();
        void this.giveBack(election, stake);
      },
      broken: () => {
        stop();
        void this.#lookAgain(election, stake);
      },
    });
    const forget = session.onEnd(() => stopWaiting());
    const stop = () => {
      forget();
      stopWaiting();
    };
  }

  async #lookAgain(election: string, stake: Stake): Promise<void> {
    const { session, scheduler } = this.#surroundings;
    const backoff = new Backoff();
    while (!session.isOver) {
      const release = await tryToRelease(stake);
      if (release.state === 'gone') return;
      if (release.state === 'may arrive') {
        this.#lieInWait(election, stake);
        return;
      }
      await pause(scheduler, backoff.next());
    }
  }
}

type Release =
  | { readonly state: 'gone' | 'may arrive' }
  | { readonly state: 'refused'; readonly error: LeadershipError };

async function tryToRelease(stake: Stake): Promise<Release> {
  try {
    const { certain } = await stake.release();
    return { state: certain ? 'gone' : 'may arrive' };
  } catch (error) {
    return { state: 'refused', error: error as LeadershipError };
  }
}
