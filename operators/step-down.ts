import { filter, first, ignoreElements, map, merge, of, switchMap, take, throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { campaign } from '../lib/campaign.js';
import type { LeaderRecord, LeadershipStore } from '../lib/contract.js';
import { LeadershipError } from '../lib/errors.js';
import { follow } from '../lib/follow.js';
import { normalKey } from '../lib/key.js';

/** Wishes are an election of their own beside `key`: so they work on every store, and end by themselves. */
const wishesFor = (key: string) => `${normalKey(key)}.step-down`;

/**
 * Tokens of the terms of `key` that somebody asks to end: see {@link askToStepDown}.
 *
 *     leader of key      A-----------B-----
 *     asked to end       ----A---------B---
 *     result             ----A---------B---     tokens
 *
 * - Emits a token for as long as that is asked for; a late subscriber gets the present one.
 * - Never errors, and completes when the store is closed, as `follow` does, which it is made of.
 *
 * @example
 * const asked = ({ token }: Term) => stepDownRequests(store, key).pipe(filter((t) => t === token));
 * campaign(store, { key, id }).pipe(resignWhen(asked), whileLeader(work)).subscribe();
 * @throws LeadershipError `invalid-option` at the call.
 * @param store The store of the election.
 * @param key The election.
 */
export function stepDownRequests(store: LeadershipStore, key: string): Observable<bigint> {
  return follow(store, wishesFor(key)).pipe(
    map(({ leader }) => leader?.data ?? ''),
    filter((data) => /^\d+$/.test(data)),
    map(BigInt),
  );
}

/**
 * Asks the present leader of `key` to step down, until it has.
 *
 *     leader of key  --A--------B--
 *     asked          --x--------!
 *     result         -----------(A|)            whose term has ended
 *
 * - Takes the key from nobody: a leader that does not listen ({@link stepDownRequests}) goes on, so
 *   give it a time, with `timeout` say.
 * - Emits who led, once another one leads or nobody does, and completes.
 * - Errors with `no-leader` when nobody leads.
 * - Unsubscribing takes the wish back.
 *
 * @example
 * askToStepDown(store, 'service/jobs/leader', 'on call').pipe(timeout(10_000)).subscribe();
 * @throws LeadershipError `invalid-option` at the call.
 * @param store The store of the election.
 * @param key The election.
 * @param by Who asks, for those who look.
 */
export function askToStepDown(
  store: LeadershipStore,
  key: string,
  by: string,
): Observable<LeaderRecord> {
  const view$ = follow(store, key);
  const wish = (token: bigint) =>
    campaign(store, { key: wishesFor(key), id: by, data: String(token) });
  return view$.pipe(
    first(({ stale }) => !stale),
    switchMap(({ leader }) => {
      if (leader === undefined) return throwError(() => nobodyLeads(key));
      const ended$ = view$.pipe(filter((now) => !now.stale && now.leader?.token !== leader.token));
      return merge(
        wish(leader.token).pipe(ignoreElements()),
        ended$.pipe(switchMap(() => of(leader))),
      );
    }),
    take(1),
  );
}

const nobodyLeads = (key: string) =>
  new LeadershipError('no-leader', `nobody leads ${JSON.stringify(key)}: there is nobody to ask`);
