// What docs/operators.md shows of followers: who leads, and requests to the one who does.
import { defer, map, of, type Observable, type SchedulerLike } from 'rxjs';
import { leaderChanges, onlyLeader, sendToLeader, toLeader, whileVacant } from 'rx-leadership';
import type { LeaderView } from 'rx-leadership';

// #region leader-changes
export const news = (view$: Observable<LeaderView>) =>
  view$.pipe(
    leaderChanges(),
    map(({ previous, current }) => `${previous?.id ?? 'nobody'} -> ${current?.id ?? 'nobody'}`),
  );
// #endregion

// #region only-leader
export const addresses = (view$: Observable<LeaderView>) =>
  view$.pipe(
    onlyLeader(),
    map(({ data }) => data),
  );
// #endregion

// #region while-vacant
export const alarm = (
  view$: Observable<LeaderView>,
  page: () => Promise<string> | [string],
  scheduler?: SchedulerLike,
) => view$.pipe(whileVacant(() => defer(page), 30_000, scheduler));
// #endregion

// #region send-to-leader
export const proxied = (
  view$: Observable<LeaderView>,
  paths$: Observable<string>,
  fetchText: (url: string) => Observable<string>,
) => {
  const address$ = view$.pipe(toLeader(({ data }) => of(data ?? '')));
  return paths$.pipe(sendToLeader(address$, (address, path) => fetchText(`${address}${path}`)));
};
// #endregion
