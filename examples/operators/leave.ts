// What docs/operators.md shows of leaving: a term, or the race.
import { filter, type Observable, type SchedulerLike } from 'rxjs';
import {
  campaign,
  giveUpAfter,
  resignAfter,
  resignOnUnhealthy,
  resignWhen,
  retryCampaign,
  stepDownRequests,
} from 'rx-leadership';
import type { Leadership, LeadershipStore } from 'rx-leadership';

// #region resign-when
export const untilMaintenance = (leadership$: Observable<Leadership>, begins$: Observable<void>) =>
  leadership$.pipe(resignWhen(begins$));
// #endregion

// #region resign-after
export const inTurns = (leadership$: Observable<Leadership>) =>
  leadership$.pipe(resignAfter(60_000));
// #endregion

// #region resign-on-unhealthy
export const whileHealthy = (leadership$: Observable<Leadership>, health$: Observable<boolean>) =>
  leadership$.pipe(resignOnUnhealthy(health$));
// #endregion

// #region step-down
export const obliging = (store: LeadershipStore, key: string, id: string) =>
  campaign(store, { key, id }).pipe(
    resignWhen(({ token }) =>
      stepDownRequests(store, key).pipe(filter((asked) => asked === token)),
    ),
  );
// #endregion

// #region give-up-after
export const impatient = (leadership$: Observable<Leadership>) =>
  leadership$.pipe(giveUpAfter(30_000, { by: 'complete' }));
// #endregion

// #region retry-campaign
export const fiveTimes = (leadership$: Observable<Leadership>, scheduler?: SchedulerLike) =>
  leadership$.pipe(retryCampaign({ attempts: 5, initial: 100, jitter: 0, scheduler }));
// #endregion
