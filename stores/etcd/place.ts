import type { LeadershipError } from '../../lib/errors.js';
import type { PlaceListener } from '../shared/stake.js';
import { after, Backoff, pause } from '../shared/timers.js';
import { untilRead } from '../shared/until-read.js';
import type { Connection } from './connection.js';
import { failures } from './failures.js';
import type { EtcdStake, Position } from './stake.js';
import type { Watches } from './watches.js';

/** What a place needs, and whom it tells. */
export interface PlaceSurroundings {
  readonly connection: Connection;
  readonly watches: Watches;
  readonly stake: Pick<EtcdStake, 'own' | 'position'>;
  /** How long it may wait without knowing who is in front. */
  readonly patience: number;
  readonly listener: PlaceListener;
}

/**
 * A claim's place in the queue of its election. It holds two watches on one stream, on the claim
 * itself and on the one in front; after a break it reads again, so that nothing that happened in
 * between is missed.
 *
 * Nothing is read while nothing happens, however long that lasts: events get lost where a watch
 * catches up from an old revision (around a compaction, say), and this one never does. It starts
 * at the revision after a read, and after a break it is not resumed but made anew from a new read.
 */
export class Place {
  readonly #surroundings: PlaceSurroundings;
  readonly #backoff = new Backoff();
  #ownWatch: (() => void) | undefined;
  #frontWatch: (() => void) | undefined;
  #reading = false;
  #first = false;
  #left = false;

  constructor(surroundings: PlaceSurroundings) {
    this.#surroundings = surroundings;
  }

  leave(): void {
    this.#left = true;
    // Not now: the claim is about to be released, and others wait for that.
    after(this.#surroundings.connection.scheduler, 0, () => this.#stopWatching());
  }

  /** Acts on what was just read: the first leads, the others wait for the one in front to leave. */
  stand({ front, revision }: Position): void {
    if (this.#left) return;
    if (this.#first || front.predecessor === undefined) {
      this.#beFirst(); // before the watch is asked for: it misses nothing, and asking takes time
      if (!this.#hasLeft()) this.#watchOwn(revision + 1n);
      return;
    }
    this.#watchOwn(revision + 1n);
    this.#watchFront(front.predecessor, revision + 1n, front.ahead === 1);
    this.#surroundings.listener.waiting(front.ahead);
  }

  #beFirst(): void {
    if (this.#first || this.#left) return;
    this.#first = true;
    this.#surroundings.listener.first();
    this.#frontWatch?.();
    this.#frontWatch = undefined;
  }

  #watchFront(key: Buffer, from: bigint, alone: boolean): void {
    this.#frontWatch?.();
    this.#frontWatch = this.#surroundings.watches.watch(
      { key, from },
      {
        events: (events) => {
          if (events.some(({ type }) => type === 'Delete')) this.#frontLeft(alone);
        },
        broken: (refused) => this.#broken(refused),
      },
    );
  }

  /**
   * Without a round trip only if the last read showed exactly one claim in front, and both watches
   * have lived without a break since then: nobody else can be in front, and we are still there.
   * The latter holds whenever this is called: the own watch was asked for first on the same stream,
   * and whatever ends one of the two ends both.
   */
  #frontLeft(alone: boolean): void {
    if (alone) this.#beFirst();
    else void this.#readAgain();
  }

  #watchOwn(from: bigint): void {
    this.#ownWatch?.();
    this.#ownWatch = this.#surroundings.watches.watch(
      { key: this.#surroundings.stake.own.key, from },
      {
        // Deleted, or overwritten by a hand that is not ours: a claim is written once.
        events: () => this.#surroundings.listener.lost(failures.claimLost()),
        broken: (refused) => this.#broken(refused),
      },
    );
  }

  /** What happened meanwhile is unknown. */
  #broken(refused: LeadershipError | undefined): void {
    void this.#readAgain(refused === undefined ? 0 : this.#backoff.next());
  }

  async #readAgain(delay = 0): Promise<void> {
    this.#stopWatching();
    if (this.#reading) return;
    this.#reading = true;
    try {
      if (delay > 0) await pause(this.#surroundings.connection.scheduler, delay);
      const position = await this.#untilRead();
      this.#reading = false;
      if (position !== undefined) this.stand(position);
    } catch (error) {
      this.#surroundings.listener.lost(error as LeadershipError);
    }
  }

  #untilRead(): Promise<Position | undefined> {
    const { stake, patience, connection } = this.#surroundings;
    return untilRead({
      read: () => stake.position(),
      hasLeft: () => this.#left,
      isFirst: () => this.#first,
      patience,
      scheduler: connection.scheduler,
      backoff: this.#backoff,
    });
  }

  #stopWatching(): void {
    this.#ownWatch?.();
    this.#frontWatch?.();
    this.#ownWatch = undefined;
    this.#frontWatch = undefined;
  }

  #hasLeft(): boolean {
    return this.#left;
  }
}
