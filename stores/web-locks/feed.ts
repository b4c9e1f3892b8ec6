import type { SchedulerLike } from 'rxjs';
import type { Contender } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import type { Feed, FeedListener } from '../shared/view.js';
import type { WebLocksElection } from './election.js';
import { whenFree } from './held-lock.js';

/** Keeps the queue of an election in sight. */
export class WebLocksFeed implements Feed {
  readonly #election: WebLocksElection;
  readonly #scheduler: SchedulerLike;
  readonly #listener: FeedListener;
  readonly #looking: ReturnType<WebLocksElection['keepLooking']>;
  #shown: readonly Contender[] | undefined;
  #leader: string | undefined;
  #stopWaiting: (() => void) | undefined;
  #proof = -Infinity;
  #stopped = false;

  constructor(election: WebLocksElection, scheduler: SchedulerLike, listener: FeedListener) {
    this.#election = election;
    this.#scheduler = scheduler;
    this.#listener = listener;
    this.#looking = election.keepLooking(() => this.#look());
  }

  get provedAt(): number {
    return this.#proof;
  }

  stop(): void {
    this.#stopped = true;
    this.#looking.stop();
    this.#stopWaiting?.();
  }

  async #look(): Promise<void> {
    const asked = this.#scheduler.now();
    try {
      const queue = await this.#election.queue();
      if (this.#stopped) return;
      this.#proof = asked;
      this.#show(queue.map(({ contender }) => contender));
      this.#waitFor(queue[0]?.lock);
    } catch (error) {
      const failure = error as LeadershipError;
      if (!this.#stopped && failure.code !== 'store-unreachable') this.#listener.fail(failure);
    }
  }

  #show(queue: readonly Contender[]): void {
    const isSame =
      this.#shown?.length === queue.length &&
      queue.every(({ token }, n) => token === this.#shown?.[n]?.token);
    if (!isSame) this.#shown = queue;
    if (isSame) this.#listener.contact();
    else this.#listener.show(queue);
  }

  /** Nobody announces the end of a page that has crashed. */
  #waitFor(leader: string | undefined): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#stopWaiting?.();
    const free = () => {
      this.#leader = undefined;
      this.#looking.look();
    };
    this.#stopWaiting = leader === undefined ? undefined : whenFree(leader, free);
  }
}
