import type { Observable, Subscription } from 'rxjs';
import { print } from '../assert.js';
import { eventually } from './eventually.js';

/** A subscription to anything, and all that came. */
export class Seen<T> {
  readonly values: T[] = [];
  error: unknown;
  isComplete = false;
  readonly #subscription: Subscription;
  readonly #soon: number;

  constructor(source$: Observable<T>, soon: number) {
    this.#soon = soon;
    this.#subscription = source$.subscribe({
      next: (value) => {
        this.values.push(value);
      },
      error: (error: unknown) => {
        this.error = error;
      },
      complete: () => {
        this.isComplete = true;
      },
    });
  }

  get last(): T | undefined {
    return this.values.at(-1);
  }

  leave(): void {
    this.#subscription.unsubscribe();
  }

  /** The last value is such, now or soon. */
  async shows(what: string, is: (value: T) => boolean, within = this.#soon): Promise<T> {
    const look = () => {
      const { last } = this;
      return last !== undefined && is(last) ? last : undefined;
    };
    return this.#eventually(what, within, look);
  }

  /** There was such a value, or will be soon. */
  async hasShown(what: string, is: (value: T) => boolean, within = this.#soon): Promise<T> {
    return this.#eventually(what, within, () => this.values.find(is));
  }

  async completes(within = this.#soon): Promise<true> {
    return this.#eventually('complete', within, () => this.isComplete || undefined);
  }

  #eventually<R>(what: string, within: number, look: () => R | undefined): Promise<R> {
    const seen = () => `it showed ${print(this.values.slice(-5))}, error ${print(this.error)}`;
    return eventually(what, within, look, seen);
  }
}
