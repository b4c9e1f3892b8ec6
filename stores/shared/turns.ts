import type { SchedulerLike } from 'rxjs';
import { after } from './timers.js';

/** So many requests at a time: many at once make each other late, and then come again together. */
const most = 100;

/** Lets requests go one after another where there are too many. */
export class Turns {
  readonly #scheduler: SchedulerLike;
  readonly #waiting = new Set<() => void>();
  #free = most;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Runs `work` when it is its turn; rejects with what `late` makes when that takes too long. */
  async take<T>(limit: number, late: () => Error, work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await this.#turn(limit, late);
    else this.#free -= 1;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(limit: number, late: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        timer.unsubscribe();
        resolve();
      };
      const timer = after(this.#scheduler, limit, () => {
        this.#waiting.delete(turn);
        reject(late());
      });
      this.#waiting.add(turn);
    });
  }

  /** Hands the turn on. */
  #next(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
