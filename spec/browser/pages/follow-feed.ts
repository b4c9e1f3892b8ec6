// Runs in a page: a feed of another origin, followed with the browser's own EventSource.
import { followFeed } from 'rx-leadership';

const seen: string[] = [];
let errors = 0;

Object.assign(globalThis, {
  seen,
  follow: (url: string) => {
    const subscription = followFeed(url, 'jobs').subscribe(({ leader, stale, error }) => {
      if (error !== undefined) errors += 1;
      seen.push(`${leader?.id ?? 'nobody'}${stale ? '?' : ''}`);
    });
    Object.assign(globalThis, { stop: () => subscription.unsubscribe() });
  },
  errors: () => errors,
});
