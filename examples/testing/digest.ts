import { exhaustMap, timer, type Observable } from 'rxjs';
import { campaign, whileLeader, type LeadershipStore, type Term } from 'rx-leadership';

// #region code
/** What the tests on this page are about: the leader sends a digest each minute. */
export function digests(
  store: LeadershipStore,
  id: string,
  send: (token: bigint) => Promise<string>,
): Observable<string> {
  return campaign(store, { key: 'service/digest', id }).pipe(
    whileLeader((term) => work(term, send)),
  );
}

export const work = (term: Term, send: (token: bigint) => Promise<string>) =>
  timer(0, 60_000).pipe(exhaustMap(() => term.waitUntil(send(term.token))));
// #endregion
