// What runs in a browser: who leads, from a feed.
import { map, type Observable } from 'rxjs';
import { followFeed, type FollowFeedOptions } from 'rx-leadership';

// #region follow
/** Who leads, as a page shows it. */
export function leaderLine(url: string, options: FollowFeedOptions = {}): Observable<string> {
  return followFeed(url, 'service/jobs/leader', options).pipe(
    map(({ leader, stale }) => `${leader?.id ?? 'nobody'}${stale ? ' (not certain)' : ''}`),
  );
}
// #endregion
