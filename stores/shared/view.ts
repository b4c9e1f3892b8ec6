import type { SchedulerLike, Subscription } from 'rxjs';
import type { Contender, KeyState } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import type { Failures } from './failures.js';
import { after } from './timers.js';

/** Whom the feed of an election tells. */
export interface FeedListener {
  /** The queue as it is now, the leader first. */
  show(queue: readonly Contender[]): void;
  /** There is a new proof of contact. */
  contact(): void;
  /** It cannot go on. */
  fail(error: LeadershipError): void;
}

/**
 * The queue of one election, kept by a store: read, then watched without a gap, and read again
 * after each break until it is stopped.
 */
export interface Feed {
  /** When the newest question left whose answer proves that what was shown is what is. */
  readonly provedAt: number;
  stop(): void;
}

/** Begins to tell; nothing is told before this has returned. */
export type OpenFeed = (listener: FeedListener) => Feed;

export interface ViewSurroundings {
  readonly failures: Failures;
  readonly scheduler: SchedulerLike;
  readonly staleAfter: number;
}

export interface Viewer {
  changed(): void;
  failed(error: LeadershipError): void;
}

/** What is known of the queue of one election, for all who watch it, and whether it is fresh. */
export class View {
  readonly #surroundings: ViewSurroundings;
  readonly #feed: Feed;
  readonly #ended: () => void;
  readonly #viewers = new Set<Viewer>();
  /** Nothing is known yet: that may last as long as an old value would. */
  readonly #begun: number;
  #contenders: readonly Contender[] | undefined;
  #timer: Subscription | undefined;
  #stale = false;
  #shown = 0n;
  #over = false;

  constructor(surroundings: ViewSurroundings, open: OpenFeed, ended: () => void) {
    this.#surroundings = surroundings;
    this.#ended = ended;
    this.#begun = surroundings.scheduler.now();
    this.#feed = open({
      show: (queue) => this.#show(queue),
      contact: () => {
        if (this.#stale) this.#judge(); // else its timer will
      },
      fail: (error) => this.fail(error),
    });
    this.#judge();
  }

  /** `undefined`: nothing is known yet. */
  get keyState(): KeyState | undefined {
    const [leader] = this.#contenders ?? [];
    if (this.#contenders === undefined && !this.#stale) return undefined;
    return { leader, stale: this.#stale };
  }

  /** In the order of the queue; the same array as long as nothing has changed. */
  get contenders(): readonly Contender[] | undefined {
    return this.#contenders;
  }

  /** Call the result to remove it. The last one to go ends the view. */
  add(viewer: Viewer): () => void {
    this.#viewers.add(viewer);
    return () => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.#end();
    };
  }

  fail(error: LeadershipError): void {
    this.#end();
    for (const viewer of [...this.#viewers]) viewer.failed(error);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#feed.stop();
    this.#timer?.unsubscribe();
    this.#ended();
  }

  /** Shows the queue, unless its head is older than what was shown: that must not happen. */
  #show(queue: readonly Contender[]): void {
    if (this.#over) return;
    const token = queue[0]?.token ?? this.#shown;
    if (token < this.#shown) {
      this.fail(this.#surroundings.failures.dataLost(token, this.#shown));
      return;
    }
    this.#shown = token;
    this.#contenders = queue;
    this.#tell();
    this.#judge();
  }

  /** Is what is shown still fresh? Looks again when that may have changed. */
  #judge(): void {
    if (this.#over) return;
    const { scheduler, staleAfter } = this.#surroundings;
    const left = Math.max(this.#begun, this.#feed.provedAt) + staleAfter - scheduler.now();
    if (left > 0 && this.#timer === undefined) {
      this.#timer = after(scheduler, left, () => {
        this.#timer = undefined;
        this.#judge();
      });
    }
    const stale = left <= 0;
    if (stale === this.#stale) return;
    this.#stale = stale;
    this.#tell();
  }

  #tell(): void {
    for (const viewer of [...this.#viewers]) viewer.changed();
  }
}
