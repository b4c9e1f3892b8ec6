import type { LeadershipStore } from './contract.js';

type Listener = (token: bigint) => void;

const listeners = new WeakMap<LeadershipStore, Map<string, Listener[]>>();

/**
 * Calls `listener` with each token that anybody in this process sees leading `key` on `store`: a
 * follower, or another campaign. So a leader learns of a larger token even where its own lease and
 * watch say nothing. Call the result to stop. (No Subject: there is one for each idle election.)
 */
export function onSighting(store: LeadershipStore, key: string, listener: Listener): () => void {
  const ofStore = listeners.get(store) ?? new Map<string, Listener[]>();
  listeners.set(store, ofStore);
  ofStore.set(key, [...(ofStore.get(key) ?? []), listener]);
  return () => {
    const others = ofStore.get(key)?.filter((other) => other !== listener) ?? [];
    if (others.length === 0) ofStore.delete(key);
    else ofStore.set(key, others);
  };
}

/** `token` was seen leading `key`. */
export function sighted(store: LeadershipStore, key: string, token: bigint): void {
  for (const listener of listeners.get(store)?.get(key) ?? []) listener(token);
}
