import { Subject } from 'rxjs';
import { campaign, follow } from '../../lib/index.js';
import { etcdStore } from '../../stores/etcd/index.js';
import type { Side, SideOptions } from './side.js';

/** As a user would write it. */
export function rxLeadership({ url, ttl }: SideOptions): Side {
  const store = etcdStore({ hosts: url, ttl });
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
