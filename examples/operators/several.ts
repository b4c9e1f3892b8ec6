// What docs/operators.md shows of several elections at once.
import { map, merge, type Observable } from 'rxjs';
import { allLeading, anyLeading, campaign, spread, termsOf, whileLeader } from 'rx-leadership';
import type { Leadership, LeadershipStore } from 'rx-leadership';

// #region spread
export const shards = (store: LeadershipStore, id: string, names: readonly string[]) => {
  const elections = names.map((name) => campaign(store, { key: `shards/${name}`, id }));
  const work = (n: number) => whileLeader(() => [`${id} works on ${names[n]}`]);
  return merge(...spread(elections, 2).map((leadership$, n) => leadership$.pipe(work(n))));
};
// #endregion

// #region all-leading
export const both = (disks$: Observable<Leadership>, tapes$: Observable<Leadership>) =>
  allLeading(disks$, tapes$).pipe(
    whileLeader((term) => [termsOf(term).map(({ token }) => String(token))]),
  );
// #endregion

// #region any-leading
export const oneOf = (north$: Observable<Leadership>, south$: Observable<Leadership>) =>
  anyLeading(north$, south$).pipe(
    map((leadership) => (leadership.elected ? leadership.term.token : undefined)),
  );
// #endregion
