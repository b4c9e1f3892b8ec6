import type { SchedulerLike } from 'rxjs';
import type { LeadershipError } from '../../lib/errors.js';
import type { PlaceListener } from '../shared/stake.js';
import { Backoff, pause } from '../shared/timers.js';
import { untilRead } from '../shared/until-read.js';
import { failures } from './failures.js';
import type { Position, ZooKeeperStake } from './stake.js';
import { Watch } from './watch.js';

export interface PlaceSurroundings {
  readonly scheduler: SchedulerLike;
  /** How long it may wait without knowing who is in front. */
  readonly patience: number;
  readonly stake: Pick<ZooKeeperStake, 'position' | 'watchPredecessor' | 'pathOf' | 'lost'>;
  readonly listener: PlaceListener;
}

/**
 * A claim's place in the queue of its election. It holds two watches on one link, on the claim
 * itself and on the one in front; after a break it reads again, so that nothing that happened in
 * between is missed.
 */
export class Place {
  readonly #surroundings: PlaceSurroundings;
  readonly #backoff = new Backoff();
  #own: Watch | undefined;
  #front: Watch | undefined;
  #reading = false;
  #first = false;
  #left = false;

  constructor(surroundings: PlaceSurroundings) {
    this.#surroundings = surroundings;
  }

  leave(): void {
    this.#left = true;
    this.#stopWatching();
  }

  /** Acts on what was just read: the first leads, the others wait for the one in front to leave. */
  stand(position: Position): void {
    if (this.#left) {
      position.own.stop();
      return;
    }
    this.#own = position.own;
    position.own.listen({
      // Deleted, or overwritten by a hand that is not ours: a claim is written once.
      fired: () => this.#lost(),
      broken: () => void this.#readAgain(),
    });
    if (!position.own.lives || this.#first) return;
    if (position.predecessor === undefined) this.#beFirst();
    else void this.#watchFront(position, position.predecessor);
  }

  #lost(): void {
    if (this.#left) return;
    this.leave();
    this.#surroundings.stake.lost();
    this.#surroundings.listener.lost(failures.claimLost());
  }

  #beFirst(): void {
    if (this.#first || this.#left) return;
    this.#first = true;
    this.#front?.stop();
    this.#front = undefined;
    this.#surroundings.listener.first();
  }

  async #watchFront(position: Position, predecessor: string): Promise<void> {
    const { stake, listener } = this.#surroundings;
    const path = stake.pathOf(predecessor);
    const front = new Watch(position.link, path);
    this.#front = front;
    let isThere: boolean;
    try {
      isThere = await stake.watchPredecessor(position, path, front);
    } catch {
      // The link is over, as the own watch tells too; or the server refuses: ask again, later.
      if (this.#front === front) void this.#readAgain(this.#backoff.next());
      return;
    }
    if (this.#left || this.#front !== front) {
      front.stop();
      return;
    }
    front.listen({
      fired: (isDeleted) => {
        if (this.#front !== front) return;
        if (isDeleted) this.#frontLeft(position);
        else void this.#readAgain(); // written to, which changes nothing
      },
      broken: () => void this.#readAgain(),
    });
    if (!front.lives) return;
    this.#backoff.reset();
    if (isThere) listener.waiting(position.ahead);
    else this.#frontLeft(position);
  }

  /**
   * Without a round trip only if the last read showed exactly one claim in front, and the own watch
   * has lived without a break since then: nobody else can be in front, and we are still there.
   */
  #frontLeft({ own, ahead }: Position): void {
    if (ahead === 1 && own.lives && own === this.#own) this.#beFirst();
    else void this.#readAgain();
  }

  async #readAgain(delay = 0): Promise<void> {
    this.#stopWatching();
    if (this.#reading || this.#left) return;
    this.#reading = true;
    try {
      if (delay > 0) await pause(this.#surroundings.scheduler, delay);
      const position = await this.#untilRead();
      this.#reading = false;
      if (position !== undefined) this.stand(position);
    } catch (error) {
      if (!this.#hasLeft()) this.#surroundings.listener.lost(error as LeadershipError);
    }
  }

  #untilRead(): Promise<Position | undefined> {
    const { stake, patience, scheduler } = this.#surroundings;
    return untilRead({
      read: () => stake.position(),
      hasLeft: () => this.#left,
      isFirst: () => this.#first,
      patience,
      scheduler,
      backoff: this.#backoff,
    });
  }

  #stopWatching(): void {
    this.#own?.stop();
    this.#front?.stop();
    this.#own = undefined;
    this.#front = undefined;
  }

  #hasLeft(): boolean {
    return this.#left;
  }
}
