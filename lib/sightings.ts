import { Observable } from 'rxjs';
import type { LeadershipStore } from './contract.js';

type Listener = (token: bigint) => void;

const listeners = new WeakMap<LeadershipStore, Map<string, Set<Listener>>>();

/**
 * Tokens that anybody in this process sees leading `key` on `store`: a follower, or another
 * campaign. So a leader learns of a larger token even where its own lease and watch say nothing.
 */
export function sightings(store: LeadershipStore, key: string): Observable<bigint> {
  return new Observable<bigint>((subscriber) => {
    const listener: Listener = (token) => {
      subscriber.next(token);
    };
    const ofStore = listeners.get(store) ?? new Map<string, Set<Listener>>();
    listeners.set(store, ofStore);
    const ofKey = ofStore.get(key) ?? new Set();
    ofStore.set(key, ofKey);
    ofKey.add(listener);
    return () => {
      ofKey.delete(listener);
      if (ofKey.size === 0) ofStore.delete(key);
    };
  });
}

/** `token` was seen leading `key`. */
export function sighted(store: LeadershipStore, key: string, token: bigint): void {
  for (const listener of [...(listeners.get(store)?.get(key) ?? [])]) listener(token);
}
