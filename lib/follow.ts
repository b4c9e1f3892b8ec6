import {
  catchError,
  concat,
  defer,
  distinctUntilChanged,
  map,
  of,
  ReplaySubject,
  retry,
  scan,
  share,
  tap,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import { backoff, resolveRetry, type RetryOptions } from './backoff.js';
import type { LeaderRecord, LeadershipStore } from './contract.js';
import { isLeadershipError } from './errors.js';
import { normalKey } from './key.js';
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
  const rules = resolveRetry(
    options.retry === false ? undefined : options.retry,
    store.timing().ttl,
  );
  const retryIn = backoff(rules, options.retry === false);
  return defer(() => watchAgain(store, election, retryIn)).pipe(
    scan(neverBackwards, {
      view: { leader: undefined, stale: true },
      dataLost: false,
      newest: -1n,
    }),
    map(({ view }) => view),
    distinctUntilChanged(sameView),
    share({ connector: () => new ReplaySubject<LeaderView>(1) }),
  );
}

/** Watches, and after an error tells it, waits, and watches again. */
function watchAgain(
  store: LeadershipStore,
  key: string,
  retryIn: (error: unknown, failures: number) => number | undefined,
): Observable<Seen> {
  let failures = 0;
  let wait: number | undefined;
  let last: LeaderRecord | undefined;
  return store.watch(key).pipe(
    tap(({ leader, stale }) => {
      if (!stale) failures = 0;
      last = leader;
      if (leader !== undefined) sighted(store, key, leader.token);
    }),
    map((view): Seen => ({ view, dataLost: false })),
    catchError((error: unknown) => {
      wait = retryIn(error, (failures += 1));
      const failed$ = throwError(() => error);
      if (wait === undefined) return failed$;
      const view = { leader: last, stale: true, error, retryIn: wait };
      return concat(of({ view, dataLost: isLeadershipError(error, 'data-lost') }), failed$);
    }),
    retry({
      delay: (error: unknown) =>
        wait === undefined ? throwError(() => error) : timer(wait, store.scheduler),
    }),
  );
}

type Seen = Readonly<{ view: LeaderView; dataLost: boolean }>;
type SoFar = Seen & { readonly newest: bigint };

/** After lost data tokens may start anew; otherwise an older one is an echo of the past. */
function neverBackwards(before: SoFar, seen: Seen): SoFar {
  const newest = before.dataLost ? -1n : before.newest;
  const token = seen.view.leader?.token ?? newest;
  if (token < newest) return before;
  return { ...seen, newest: token };
}

function sameView(before: LeaderView, now: LeaderView): boolean {
  const sameTerm = before.leader?.token === now.leader?.token;
  return sameTerm && before.stale === now.stale && before.error === now.error;
}
