import type { Settlement } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import type { Connection } from './connection.js';
import { unconfirmed } from './failures.js';
import type { Session } from './session.js';
import type { Stake } from './stake.js';
import { Backoff, pause } from './timers.js';
import type { Watches } from './watches.js';

export interface BooksSurroundings {
  readonly session: Session;
  readonly connection: Connection;
  readonly watches: Watches;
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
    const { session, connection } = this.#surroundings;
    const { ttl } = session.lease;
    const until = connection.scheduler.now() + ttl;
    const backoff = new Backoff();
    await stake.quiet();
    if (!stake.mayExist) return { outcome: 'released' };
    for (;;) {
      if (session.isOver) return this.#settledByEnd();
      const release = await tryToRelease(stake);
      if (release.state === 'gone') return { outcome: 'released' };
      const now = connection.scheduler.now();
      if (release.state === 'may arrive' && now >= stake.lastSent + ttl) {
        this.#lieInWait(stake, release.revision + 1n);
        return { outcome: 'abandoned', error: release.error };
      }
      if (release.state === 'refused' && now >= until) {
        // A key that cannot be removed would be held for as long as other elections keep the
        // session alive, and nobody could lead. So everything on it ends with its lease.
        session.expire();
        return { outcome: 'abandoned', error: release.error };
      }
      await pause(connection.scheduler, backoff.next());
    }
  }

  async #settledByEnd(): Promise<Settlement> {
    if (await this.#surroundings.session.revoke()) return { outcome: 'released' };
    return { outcome: 'abandoned', error: unconfirmed('the end of the session') };
  }

  /**
   * A server that was frozen with a request in its hands carries it out whenever it goes on, and
   * nothing bounds that but the end of the session. After a ttl without a trace of it the election
   * does not wait any longer. A watch on the key, which nobody else can ever use, costs no request
   * as long as nothing happens, and a claim that does arrive is removed at once.
   */
  #lieInWait(stake: Stake, from: bigint): void {
    const { session, watches } = this.#surroundings;
    if (session.isOver) return;
    const stopWatch = watches.watch(
      { key: stake.own.key, from },
      {
        events: (events) => {
          if (!events.some(({ type }) => type === 'Put')) return;
          stop();
          void this.giveBack(stake);
        },
        broken: () => {
          stop();
          void this.#lookAgain(stake);
        },
      },
    );
    const forget = session.onEnd(() => stopWatch());
    const stop = () => {
      forget();
      stopWatch();
    };
  }

  async #lookAgain(stake: Stake): Promise<void> {
    const { session, connection } = this.#surroundings;
    const backoff = new Backoff();
    while (!session.isOver) {
      const release = await tryToRelease(stake);
      if (release.state === 'gone') return;
      if (release.state === 'may arrive') {
        this.#lieInWait(stake, release.revision + 1n);
        return;
      }
      await pause(connection.scheduler, backoff.next());
    }
  }
}

type Release =
  | { readonly state: 'gone' }
  | {
      readonly state: 'may arrive';
      /** When it was looked for. */
      readonly revision: bigint;
      readonly error: LeadershipError;
    }
  | { readonly state: 'refused'; readonly error: LeadershipError };

async function tryToRelease(stake: Stake): Promise<Release> {
  try {
    const { certain, revision } = await stake.release();
    if (certain) return { state: 'gone' };
    return { state: 'may arrive', revision, error: unconfirmed('a claim') };
  } catch (error) {
    return { state: 'refused', error: error as LeadershipError };
  }
}
