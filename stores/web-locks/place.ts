import type { PlaceListener } from '../shared/stake.js';
import type { WebLocksElection } from './election.js';
import type { StakedLocks } from './stake.js';

/** A claim's place in the queue of the browser: told when its turn has come, and how far that is. */
export class Place {
  readonly #election: WebLocksElection;
  readonly #token: bigint;
  readonly #listener: PlaceListener;
  readonly #stopLooking: () => void;
  #ahead: number | undefined;
  #over = false;

  constructor(election: WebLocksElection, { token, turn }: StakedLocks, listener: PlaceListener) {
    this.#election = election;
    this.#token = token;
    this.#listener = listener;
    this.#stopLooking = election.keepLooking(() => this.#look()).stop;
    turn.granted.then(
      () => this.#first(),
      () => undefined, // its stake is told
    );
  }

  leave(): void {
    this.#over = true;
    this.#stopLooking();
  }

  #first(): void {
    if (this.#over) return;
    this.leave();
    this.#listener.first();
  }

  async #look(): Promise<void> {
    const queue = await this.#election.queue().catch(() => []); // nobody can tell now
    const ahead = queue.filter(({ contender }) => contender.token < this.#token).length;
    // With nobody in front it is told in a moment that the turn has come.
    if (this.#over || ahead === 0 || ahead === this.#ahead) return;
    this.#ahead = ahead;
    this.#listener.waiting(ahead);
  }
}
