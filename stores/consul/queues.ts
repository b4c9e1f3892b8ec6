/** A place in the queue of one key within a session. */
export interface Turn {
  /** Whether it is the first. */
  readonly isFirst: boolean;
  /** Goes, and lets the next one know. */
  leave(): void;
}

/**
 * The claims of one session, by their key. A lock of Consul is re-entrant within its session: the
 * second claim would get the key of the first, and both would lead. So only the first of each
 * queue may ask for it, until it is certain that nothing of it is left.
 */
export class Queues {
  readonly #queues = new Map<string, (() => void)[]>();

  /** Whether anybody of this session claims the key. */
  has(key: string): boolean {
    return this.#queues.has(key);
  }

  /** `first`: called when it has become the first; not when it is so at once. */
  join(key: string, first: () => void): Turn {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    queue.push(first);
    return {
      get isFirst() {
        return queue[0] === first;
      },
      leave: () => {
        const place = queue.indexOf(first);
        if (place < 0) return;
        queue.splice(place, 1);
        if (queue.length === 0) this.#queues.delete(key);
        else if (place === 0) queue[0]?.();
      },
    };
  }
}
