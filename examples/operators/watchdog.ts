// What docs/operators.md shows of the watchdog.
import { whileLeader, type Leadership, type Term } from 'rx-leadership';
import { watchdog } from 'rx-leadership/watchdog';
import type { Observable } from 'rxjs';

// #region watchdog
export const guarded = (leadership$: Observable<Leadership>, work: (term: Term) => Promise<void>) =>
  leadership$.pipe(watchdog(), whileLeader(work));
// #endregion
