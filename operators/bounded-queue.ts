import { LeadershipError } from '../lib/errors.js';
import { checkChoice, checkCount } from './checks.js';

/** How much may wait, and what happens beyond that. */
export interface BufferOptions {
  /** How many values may wait. Default 1 000. */
  readonly limit?: number | undefined;
  /**
   * What happens to one more: `error` (default) errors with the `LeadershipError` `overflow`,
   * `drop-oldest` and `drop-newest` lose a value without a word.
   */
  readonly onOverflow?: 'error' | 'drop-oldest' | 'drop-newest' | undefined;
}

/** What waits, in order, and never more than `limit`. */
export class BoundedQueue<T> {
  readonly #values: T[] = [];
  readonly #limit: number;
  readonly #onOverflow: 'error' | 'drop-oldest' | 'drop-newest';
  readonly #what: string;

  /** `what` waits, for the message: `events for the next term`, say. */
  constructor(what: string, options: BufferOptions) {
    const { limit, onOverflow } = checkBuffer(options);
    this.#what = what;
    this.#limit = limit;
    this.#onOverflow = onOverflow;
  }

  get size(): number {
    return this.#values.length;
  }

  /** @throws LeadershipError `overflow` */
  push(value: T): void {
    if (this.size >= this.#limit) {
      if (this.#onOverflow === 'error') throw overflow(this.#what, this.#limit);
      if (this.#onOverflow === 'drop-newest') return;
      this.#values.shift();
    }
    this.#values.push(value);
  }

  /** Takes the oldest; only while `size` is not 0. */
  shift(): T {
    return this.#values.shift() as T; // may be `undefined` as a value of T
  }
}

/** Fills in the defaults, or throws `invalid-option`. */
export function checkBuffer({ limit = 1_000, onOverflow = 'error' }: BufferOptions) {
  checkCount('limit', limit);
  checkChoice('onOverflow', onOverflow, ['error', 'drop-oldest', 'drop-newest']);
  return { limit, onOverflow };
}

export function overflow(what: string, limit: number): LeadershipError {
  return new LeadershipError(
    'overflow',
    `more than ${String(limit)} ${what} are waiting: raise limit, or send less while nobody leads`,
  );
}
