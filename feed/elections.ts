import type { Observable } from 'rxjs';
import type { Contender, LeadershipStore } from '../lib/contract.js';
import { follow, type LeaderView } from '../lib/follow.js';
import { normalKey } from '../lib/key.js';

/** What a feed tells of one election. */
export interface FeedElection {
  /** Who leads: `follow(store, key)`. */
  readonly view$: Observable<LeaderView>;
  /** The queue, the leader first: `store.contenders(key)`. Without it no queue is shown. */
  readonly contenders$?: Observable<readonly Contender[]> | undefined;
}

/** By name. The name is the key, as `followFeed` and a step-down ask by it. */
export type FeedElections = Readonly<Record<string, FeedElection>>;

/**
 * Elections of a store for a feed, with their queues.
 *
 * @throws LeadershipError `invalid-option` for what is no key.
 */
export function electionsOf(store: LeadershipStore, keys: readonly string[]): FeedElections {
  return Object.fromEntries(
    keys.map((key) => [
      normalKey(key),
      { view$: follow(store, key), contenders$: store.contenders(key) },
    ]),
  );
}
