import {
  defer,
  distinctUntilChanged,
  map,
  ReplaySubject,
  scan,
  share,
  tap,
  type Observable,
} from 'rxjs';
import { resolveBackoff, type RetryOptions } from './backoff.js';
import type { KeyState, LeaderRecord, LeadershipStore } from './contract.js';
import { isLeadershipError } from './errors.js';
import { normalKey } from './key.js';
import { retryVisibly } from './retry-visibly.js';
import { sighted } from './sightings.js';

/** What a follower sees. `error` and `retryIn`: why it sees nothing newer, and until when. */
export interface LeaderView {
  /** Who leads; `undefined` while vacant. */
  readonly leader: LeaderRecord | undefined;
  /** The last known, without contact since: somebody else may lead by now. */
  readonly stale: boolean;
  readonly error?: unknown;
  /** Milliseconds until the next attempt. */
  readonly retryIn?: number;
}

/** How to follow. */
export interface FollowOptions {
  /** `false`: what cannot be resumed is an error notification. */
  readonly retry?: false | RetryOptions | undefined;
}

/**
 * Who leads `key`, without being a candidate.
 *
 *     store.watch  -v--a--a--v-b-#          v vacant, a and b leaders
 *     result       -v--a-----v-b-s----b     s the last known, stale, with its error
 *
 * - Emits the present leader, then each change: a new term of the same leader is a change, a
 *   vacancy is a value, and so is the loss of contact (`stale`, within the store's `staleAfter`).
 *   Never the same term twice in a row, never an older term after a newer one.
 * - Cold, then shared; a late subscriber gets the present view.
 * - Never errors, unless `retry` says so. Completes when the store is closed.
 *
 * @throws LeadershipError `invalid-option` at the call.
 */
export function follow(
  store: LeadershipStore,
  key: string,
  options: FollowOptions = {},
): Observable<LeaderView> {
  const election = normalKey(key);
  const { ttl } = store.timing();
  const { clock, scheduler } = store;
  const delay = resolveBackoff(options.retry, ttl);
  const tell = (error: unknown, retryIn: number) => ({ error, retryIn });
  return defer(() => store.watch(election)).pipe(
    tap(({ leader }) => {
      if (leader !== undefined) sighted(store, election, leader.token);
    }),
    retryVisibly({ delay, proof: ttl, tell, clock, scheduler }),
    scan(nextView, { view: { leader: undefined, stale: true }, newest: -1n }),
    map(({ view }) => view),
    distinctUntilChanged(sameView),
    share({ connector: () => new ReplaySubject<LeaderView>(1) }),
  );
}

type Seen = KeyState | Readonly<{ error: unknown; retryIn: number }>;
type SoFar = Readonly<{ view: LeaderView; newest: bigint }>;

/** A token older than the newest is an echo of the past, until the store reports lost data. */
function nextView(before: SoFar, seen: Seen): SoFar {
  if ('error' in seen) {
    const newest = isLeadershipError(seen.error, 'data-lost') ? -1n : before.newest;
    return { view: { leader: before.view.leader, stale: true, ...seen }, newest };
  }
  const { leader, stale } = seen;
  const token = leader?.token ?? before.newest;
  return token < before.newest ? before : { view: { leader, stale }, newest: token };
}

function sameView(before: LeaderView, now: LeaderView): boolean {
  const sameTerm = before.leader?.token === now.leader?.token;
  return sameTerm && before.stale === now.stale && before.error === now.error;
}
