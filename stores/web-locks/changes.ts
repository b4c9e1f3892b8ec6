import { openChannel, type Channel } from './browser.js';
import { channelName } from './names.js';

/** Tells all pages that something has changed in an election. A hint: who misses it looks later. */
export class Changes {
  readonly #name: string;
  readonly #listeners = new Map<string, Set<() => void>>();
  #channel: Channel | undefined;

  constructor(store: string) {
    this.#name = channelName(store);
  }

  /** Call the result to listen no more. */
  listen(key: string, changed: () => void): () => void {
    this.#open();
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(changed));
    return () => {
      listeners.delete(changed);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners)
        this.#listeners.delete(key);
      this.#closeIfUnused();
    };
  }

  announce(key: string): void {
    this.#open().postMessage(key);
    this.#tell(key); // a channel does not speak to itself
    this.#closeIfUnused();
  }

  #open(): Channel {
    if (this.#channel !== undefined) return this.#channel;
    this.#channel = openChannel(this.#name);
    this.#channel.onmessage = ({ data }) => {
      if (typeof data === 'string') this.#tell(data);
    };
    return this.#channel;
  }

  #tell(key: string): void {
    for (const changed of [...(this.#listeners.get(key) ?? [])]) changed();
  }

  /** An open one keeps a page from being kept for the button "back". */
  #closeIfUnused(): void {
    if (this.#listeners.size > 0) return;
    this.#channel?.close();
    this.#channel = undefined;
  }
}
