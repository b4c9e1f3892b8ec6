import type { MemoryStore, RequestKind } from '../stores/memory/index.js';

/**
 * What may happen to a process that leads, or would like to. Every lever that can be undone returns
 * how; nothing happens by the mere undoing of what is over.
 */
export interface StoreLevers {
  /** The server ends the sessions of this store at once, and tells it: the term is `lost`. */
  expire(): void;
  /**
   * Renewals get no answer: the state turns `suspended`, and unless that is undone in time the term
   * ends as `expired`. Undone in time, the same term goes on.
   */
  suspend(): () => void;
  /** Nothing passes between this store and the server, neither way, until that is undone. */
  cut(): () => void;
  /** The connection breaks and is there again at once. What was under way is lost. */
  reset(): void;
  /** Requests of this kind are carried out, but their replies are lost, until that is undone. */
  loseReplies(kind: RequestKind): () => void;
  /** Acknowledgements and events are late: they arrive when that is undone, in order. */
  holdReplies(): () => void;
  /** Requests are late: they reach the server when that is undone, in order. */
  holdRequests(): () => void;
  /** Each message takes this many milliseconds from now on, in either direction. */
  slow(latency: number): void;
  /**
   * An operator deletes the claim of `id` on `key`, by default the leader's. Returns whether it was
   * there.
   */
  deleteClaim(key: string, id?: string): boolean;
}

/** A store in memory with its levers. */
export type LeveredStore = MemoryStore & StoreLevers;

/** Puts the levers of the server that are about one store on that store. */
export function withLevers(store: MemoryStore): LeveredStore {
  const { server } = store;
  const levers: StoreLevers = {
    expire: () => server.expire(store),
    suspend: () => server.loseReplies(store, 'renewal'),
    cut: () => {
      server.cut(store);
      return () => server.heal(store);
    },
    reset: () => server.reset(store),
    loseReplies: (kind) => server.loseReplies(store, kind),
    holdReplies: () => server.holdReplies(store),
    holdRequests: () => server.holdRequests(store),
    slow: (latency) => server.slow(store, latency),
    deleteClaim: (key, id) => server.deleteClaim(key, id),
  };
  return Object.assign(store, levers);
}
