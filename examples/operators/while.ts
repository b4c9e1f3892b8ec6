// What docs/operators.md shows of work while one leads, and while one does not.
import { exhaustMap, timer, type Observable } from 'rxjs';
import {
  elected,
  logLeadership,
  tapLeadership,
  terms,
  whileFollower,
  whileLeader,
} from 'rx-leadership';
import type { Leadership, LeadershipLogger, Term } from 'rx-leadership';

// #region while-leader
export const jobs = (leadership$: Observable<Leadership>, job: (term: Term) => Promise<string>) =>
  leadership$.pipe(
    whileLeader((term) => timer(0, 1_000).pipe(exhaustMap(() => term.waitUntil(job(term))))),
  );
// #endregion

// #region while-follower
export const reads = (leadership$: Observable<Leadership>, copies: () => Observable<string>) =>
  leadership$.pipe(whileFollower(copies));
// #endregion

// #region elected
export const lamp = (leadership$: Observable<Leadership>, set: (lit: boolean) => void) =>
  leadership$.pipe(elected()).subscribe(set);
// #endregion

// #region terms
export const tokens = (leadership$: Observable<Leadership>, note: (token: bigint) => void) =>
  leadership$.pipe(terms()).subscribe(({ token }) => note(token));
// #endregion

// #region log-leadership
export const written = (leadership$: Observable<Leadership>, logger: LeadershipLogger) =>
  leadership$.pipe(logLeadership(logger, 'service/jobs'));
// #endregion

// #region tap-leadership
export const logged = (leadership$: Observable<Leadership>, log: (line: string) => void) =>
  leadership$.pipe(
    tapLeadership({
      elected: ({ token }) => log(`elected with token ${token}`),
      revoked: (_term, ended) => log(`revoked: ${ended?.reason ?? 'left'}`),
      interrupted: (_error, retryIn) => log(`trouble, tries again in ${retryIn} ms`),
    }),
  );
// #endregion
