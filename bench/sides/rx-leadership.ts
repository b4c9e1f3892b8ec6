import { Subject } from 'rxjs';
import { campaign, follow, type LeadershipStore } from '../../lib/index.js';
import type { Side } from './side.js';

/** As a user would write it, on one of the stores. */
export function rxLeadership(store: LeadershipStore): Side {
  return {
    /** One more election is held all the time, so that the session stays. */
    warm: () =>
      new Promise((warm) => {
        const key = `warm/${process.pid}-${Math.random()}`;
        campaign(store, { key, id: 'warm' }).subscribe(({ elected }) => elected && warm());
      }),
    campaign: (key, id, elected) => {
      const stop$ = new Subject<void>();
      const done = new Promise<void>((complete) => {
        campaign(store, { key, id, until: stop$ }).subscribe({
          next: (leadership) => {
            if (leadership.elected) elected();
          },
          complete,
        });
      });
      return {
        leave: () => {
          stop$.next();
          return done;
        },
      };
    },
    follow: (key, seen) =>
      new Promise((following) => {
        const subscription = follow(store, key).subscribe(({ leader }) => {
          seen(leader?.id);
          queueMicrotask(() => following({ end: () => subscription.unsubscribe() }));
        });
      }),
    close: () => store.close(),
  };
}
