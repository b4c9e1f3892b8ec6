import type { Subscription } from 'rxjs';
import { LeadershipError } from '../../lib/errors.js';
import { isPassing, isUnknownOutcome } from '../shared/failures.js';
import type { PlaceListener } from '../shared/stake.js';
import { after, Backoff } from '../shared/timers.js';
import type { Entry } from './client.js';
import type { Connection } from './connection.js';
import { failures } from './failures.js';
import type { Glance, Sight, Watching } from './sight.js';
import type { Attempted, ConsulStake } from './stake.js';
import { isUsable } from './wire.js';

export interface PlaceSurroundings {
  readonly connection: Connection;
  readonly sight: Sight;
  readonly stake: ConsulStake;
  readonly listener: PlaceListener;
}

/** How often a key is asked for that is free and may not be taken yet: nothing tells its end. */
const patience = 250;

/**
 * A claim that waits for its key, and asks for it when it is free: a process at a time only with
 * the first of its claims. Once it has the key, it keeps it in sight.
 */
export class Place {
  readonly #surroundings: PlaceSurroundings;
  readonly #backoff = new Backoff();
  #watching: Watching | undefined;
  #glance: Glance | undefined;
  #again: Subscription | undefined;
  /** Runs while the key is used for something else. */
  #forbearing: Subscription | undefined;
  #asking = false;
  /** Whether something was seen while it asked: what it read may be older than that. */
  #overtaken = false;
  #left = false;

  constructor(surroundings: PlaceSurroundings) {
    this.#surroundings = surroundings;
  }

  stand(): void {
    const { sight, stake, listener } = this.#surroundings;
    if (stake.token === undefined) listener.waiting();
    else listener.first();
    if (this.#left) return;
    this.#watching = sight.watch(stake.key, {
      seen: (glance) => this.#seen(glance),
      refused: (error) => this.#lose(error),
    });
  }

  leave(): void {
    this.#left = true;
    this.#watching?.stop();
    this.#again?.unsubscribe();
    this.#forbearing?.unsubscribe();
  }

  /** Asks for the key, if there is a reason to. */
  look(): void {
    if (this.#glance !== undefined) this.#seen(this.#glance);
  }

  #seen(glance: Glance): void {
    if (this.#left) return;
    const { stake } = this.#surroundings;
    this.#glance = glance;
    this.#overtaken = this.#asking;
    const { entry, index } = glance;
    if (stake.token !== undefined) {
      // What was read before we had it proves nothing.
      if (index >= stake.token && !stake.isOurs(entry)) void this.#confirmLoss();
      return;
    }
    this.#bearWith(!isUsable(entry));
    const isFree = isUsable(entry) && !stake.isTaken(entry);
    if (!stake.isFirst || !isFree || this.#asking) return;
    // All processes wake at once, and each asks once: only one can find the key as it was seen.
    if (stake.courtesy > 0) this.#askIn(stake.courtesy);
    else void this.#ask();
  }

  #askIn(delay: number, from: 'sight' | 'store' = 'sight'): void {
    const { scheduler } = this.#surroundings.connection;
    this.#again?.unsubscribe();
    this.#again = after(scheduler, delay, () => void this.#ask(from));
  }

  /** `from`: whether the key is asked for as it is in sight, or as it is read first. */
  async #ask(from: 'sight' | 'store' = 'sight'): Promise<void> {
    const { stake } = this.#surroundings;
    if (this.#asking || this.#left || stake.token !== undefined) return;
    this.#asking = true;
    let isReading = from === 'store';
    try {
      const entry = isReading ? await stake.read() : this.#glance?.entry;
      isReading = false;
      if (this.#hasLeft()) return;
      const answer = await this.#attempt(entry);
      this.#asking = false;
      this.#backoff.reset();
      if (!this.#hasLeft()) this.#act(answer);
      this.#lookIfOvertaken();
    } catch (error) {
      this.#asking = false;
      if (this.#hasLeft()) return;
      const failure = error as LeadershipError;
      const isWorthIt = isReading ? isPassing(failure) : isUnknownOutcome(failure);
      // Whether that attempt was carried out is unknown: the next one begins with a read.
      if (isWorthIt) this.#askIn(this.#backoff.next(), 'store');
      else this.#lose(failure);
    }
  }

  async #attempt(entry: Entry | undefined): Promise<Attempted> {
    const { stake } = this.#surroundings;
    const answer = await stake.attemptOn(entry);
    if (answer !== 'changed' || this.#hasLeft()) return answer;
    return stake.attemptOn(await stake.read());
  }

  #act(answer: Attempted): void {
    if (answer === 'held') this.#surroundings.listener.first();
    else if (answer === 'refused') this.#askIn(patience);
    else if (answer === 'foreign') this.#bearWith(true);
    else if (answer === 'changed') this.#askIn(this.#backoff.next());
  }

  #lookIfOvertaken(): void {
    if (!this.#overtaken) return;
    this.#overtaken = false;
    this.look();
  }

  /** What is no lock may be removed soon; else whoever waits must be told. */
  #bearWith(isForeign: boolean): void {
    if (isForeign === (this.#forbearing !== undefined)) return;
    this.#forbearing?.unsubscribe();
    this.#forbearing = undefined;
    if (!isForeign) return;
    const { connection, stake } = this.#surroundings;
    this.#forbearing = after(connection.scheduler, stake.ttl, () => {
      const message = `consul: the key "${stake.key}" is used for something else: choose another, or delete it`;
      this.#lose(new LeadershipError('store-refused', message));
    });
  }

  /** A blocking query may be answered by a server that is behind: the leader has the last word. */
  async #confirmLoss(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const { stake } = this.#surroundings;
    try {
      const entry = await stake.read();
      this.#asking = false;
      if (!this.#hasLeft() && !stake.isOurs(entry)) this.#lose(failures.claimLost());
      this.#lookIfOvertaken();
    } catch (error) {
      this.#asking = false;
      if (this.#hasLeft() || isPassing(error as LeadershipError)) return; // seen again soon
      this.#lose(error as LeadershipError);
    }
  }

  #lose(error: LeadershipError): void {
    if (this.#left) return;
    this.leave();
    this.#surroundings.listener.lost(error);
  }

  #hasLeft(): boolean {
    return this.#left;
  }
}
