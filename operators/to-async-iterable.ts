import { Subscription, tap, type Observable } from 'rxjs';
import { BoundedQueue, checkBuffer, type BufferOptions } from './bounded-queue.js';

/**
 * Makes `for await` of an Observable: one loop is one subscription.
 *
 *     source     --a--b-----c--|
 *     loop       --a-----b--c--|     slow with a: b waits
 *
 * - Subscribes when the loop begins. What comes while the loop is busy waits, up to `limit` (1 000);
 *   what comes beyond that does what `onOverflow` says: by default the loop throws `overflow`, after
 *   the values that wait.
 * - Leaving the loop (`break`, `return`, `throw`) unsubscribes: in a campaign, it leaves the race.
 * - The loop ends when the source completes, and throws when it errors, after the values that wait.
 *
 * A value is as old as the loop is slow: ask `term.isValid()` before work, and stop it by
 * `term.signal`.
 *
 * @example
 * for await (const term of toAsyncIterable(campaign(store, { key, id }).pipe(terms()))) {
 *   if (await migrate(term)) break; // leaves the race
 * }
 * @throws LeadershipError `invalid-option` at the call.
 * @param source$ Any Observable.
 * @param options How much may wait, and what happens beyond that.
 * @returns What `for await` takes, any number of times.
 */
export function toAsyncIterable<T>(
  source$: Observable<T>,
  options: BufferOptions = {},
): AsyncIterable<T> {
  checkBuffer(options);
  return { [Symbol.asyncIterator]: () => new Values(source$, options) };
}

interface Asking<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const done = { done: true, value: undefined } as const;

class Values<T> implements AsyncIterator<T, undefined> {
  readonly #source$: Observable<T>;
  readonly #queue: BoundedQueue<T>;
  readonly #asking: Asking<T>[] = [];
  #subscription: Subscription | undefined;
  /** How it ended: with an error, told once, or without. */
  #end: { error?: unknown } | undefined;

  constructor(source$: Observable<T>, options: BufferOptions) {
    this.#source$ = source$;
    this.#queue = new BoundedQueue('values for the loop', options);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#asking.push({ resolve, reject });
      this.#subscribe();
      this.#answer();
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#subscription ??= Subscription.EMPTY; // also before the first `next`
    this.#subscription.unsubscribe();
    while (this.#queue.size > 0) this.#queue.shift();
    this.#finish({});
    return Promise.resolve(done);
  }

  #subscribe(): void {
    if (this.#subscription !== undefined) return;
    const subscription = new Subscription();
    this.#subscription = subscription;
    const deliver = (value: T) => {
      const asking = this.#asking.shift();
      if (asking === undefined) this.#queue.push(value);
      else asking.resolve({ done: false, value });
    };
    const delivered$ = this.#source$.pipe(tap(deliver)); // an overflow is an error like others
    subscription.add(
      delivered$.subscribe({
        error: (error: unknown) => {
          this.#finish({ error });
        },
        complete: () => {
          this.#finish({});
        },
      }),
    );
  }

  #finish(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#answer();
  }

  /** As far as there is something to say. */
  #answer(): void {
    for (let asking = this.#asking[0]; asking !== undefined; asking = this.#asking[0]) {
      if (this.#queue.size > 0) asking.resolve({ done: false, value: this.#queue.shift() });
      else if (this.#end === undefined) return;
      else if ('error' in this.#end) {
        asking.reject(this.#end.error);
        this.#end = {};
      } else asking.resolve(done);
      this.#asking.shift();
    }
  }
}
