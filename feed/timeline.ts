import type { FeedSpan } from '../lib/feed-wire.js';

/** What was the case from when on, the oldest first. */
export type Timeline = readonly FeedSpan[];

/** What is kept: an hour, and not more than this of an election that flaps. */
const kept = { span: 3_600_000, most: 120 };

/** Adds `now` where it differs from what was the case before, and forgets what is too old. */
export function nextTimeline(before: Timeline, now: FeedSpan): Timeline {
  const last = before.at(-1);
  if (last?.is === now.is && last.token === now.token) return before;
  const all = [...before, now];
  const begin = all.findIndex((_span, index) => {
    const next = all[index + 1];
    return next === undefined || next.at > now.at - kept.span;
  });
  return all.slice(Math.max(begin, all.length - kept.most));
}
