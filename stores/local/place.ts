import type { PlaceListener } from '../shared/stake.js';
import { failures } from './failures.js';
import type { Folder } from './folder.js';
import type { Liveness } from './liveness.js';
import { standing } from './queue.js';
import type { LocalStake } from './stake.js';

export interface PlaceSurroundings {
  readonly folder: Folder;
  readonly liveness: Liveness;
  readonly session: { readonly driver: { readonly name: string } };
  readonly stake: LocalStake;
  readonly listener: PlaceListener;
}

/**
 * A claim's place in the queue of its election: the one with the smallest number leads. It waits for
 * the leader to leave, or for the leader's session to be over; who else stands in front is seen
 * then. Once it leads, it keeps its own file in sight.
 */
export class Place {
  readonly #surroundings: PlaceSurroundings;
  #stopListening: (() => void) | undefined;
  /** Of the leader. */
  #session: string | undefined;
  #stopWatching: (() => void) | undefined;
  #first = false;
  #left = false;

  constructor(surroundings: PlaceSurroundings) {
    this.#surroundings = surroundings;
  }

  stand(): void {
    this.#stopListening = this.#surroundings.folder.listen(() => this.#look());
    this.#look();
  }

  leave(): void {
    this.#left = true;
    this.#stopListening?.();
    this.#wait(undefined);
  }

  #look(): void {
    if (this.#left) return;
    try {
      this.#judge();
    } catch {
      // Nobody can look now: asked again soon, and the lease of a session that nobody can renew ends.
    }
  }

  #judge(): void {
    const { stake, session, liveness, listener } = this.#surroundings;
    // The file of the session too: for others a claim is gone with that.
    if (!stake.isThere() || liveness.isOver(session.driver.name)) {
      this.leave();
      listener.lost(failures.claimLost());
      return;
    }
    if (this.#first) return;
    const ahead = this.#ahead();
    this.#wait(ahead?.session);
    if (ahead !== undefined) {
      listener.waiting(ahead.count);
      return;
    }
    this.#first = true;
    listener.first();
  }

  /** Who leads, and how many stand in front; `undefined`: nobody. What is over is removed. */
  #ahead(): { readonly session: string | undefined; readonly count: number } | undefined {
    const { folder, stake, liveness } = this.#surroundings;
    const { claims } = folder;
    const own = stake.token ?? 0n;
    const before = claims.list().claims.filter((number) => number < own);
    for (const [over, number] of before.entries()) {
      const leader = standing(claims, number, liveness);
      if (leader !== undefined)
        return { session: leader.claim?.session, count: before.length - over };
      claims.remove(number);
    }
    return undefined;
  }

  #wait(session: string | undefined): void {
    if (session === this.#session) return;
    this.#session = session;
    this.#stopWatching?.();
    this.#stopWatching =
      session === undefined
        ? undefined
        : this.#surroundings.liveness.watch(session, () => this.#look());
  }
}
