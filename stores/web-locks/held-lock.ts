import { lockManager } from './browser.js';
import { translate } from './failures.js';

/** One lock, from the wish for it until it is given back. */
export class HeldLock {
  /** Resolves when the lock is ours. Rejects when it never will be. */
  readonly granted: Promise<void>;
  readonly #wish = new AbortController();
  readonly #ended: Promise<void>;
  #grant: () => void = () => undefined;
  #letGo: () => void = () => undefined;
  #givenBack = false;

  /** `lost` is called when the browser takes it away: somebody stole it, or ended this page. */
  constructor(name: string, lost: () => void = () => undefined) {
    const holding = new Promise<void>((resolve) => (this.#letGo = resolve));
    const hold = () => {
      this.#grant();
      return holding;
    };
    const { signal } = this.#wish;
    const request = lockManager().request(name, { mode: 'exclusive', signal }, hold);
    const failed = request.then(
      () => undefined,
      (error: unknown) => {
        if (!this.#givenBack) lost();
        throw translate('a lock', error);
      },
    );
    this.#ended = failed.then(undefined, () => undefined);
    this.granted = Promise.race([new Promise<void>((resolve) => (this.#grant = resolve)), failed]);
    this.granted.catch(() => undefined); // also where nobody waits for it
  }

  /** Resolves when the browser has it back. */
  async release(): Promise<void> {
    this.#givenBack = true;
    this.#letGo(); // also when it is granted in this moment
    this.#wish.abort();
    await this.#ended;
  }
}

/** `free` is called when nobody holds the lock any more. Call the result to wait no longer. */
export function whenFree(name: string, free: () => void): () => void {
  const wish = new AbortController();
  lockManager()
    .request(name, { mode: 'shared', signal: wish.signal }, () => undefined)
    .then(free, () => undefined);
  return () => wish.abort();
}
