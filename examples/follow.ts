import { lastValueFrom, merge, take } from 'rxjs';
import { campaign, elected, follow, leaderChanges } from 'rx-leadership';
import { memoryStore } from 'rx-leadership/stores/memory';

const store = memoryStore();
const key = 'service/jobs/leader';

// #region follow
follow(store, key)
  .pipe(leaderChanges())
  .subscribe(({ previous, current }) =>
    console.log(`${previous?.id ?? 'nobody'} -> ${current?.id ?? 'nobody'} ${current?.data ?? ''}`),
  );
// #endregion

const untilElected = (id: string) =>
  campaign(store, { key, id, data: `http://${id}.example` }).pipe(elected(), take(2)); // false, true
const bothLed$ = merge(untilElected('ann'), untilElected('bob'));
await lastValueFrom(bothLed$, { defaultValue: false });
await store.close(); // completes what follows
