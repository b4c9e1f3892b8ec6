// A program for browsers: no types of Node, no libraries beyond these two.
import type { Observable } from 'rxjs';
import { campaign, followFeed, whileLeader, type LeaderView } from 'rx-leadership';
import type * as operators from 'rx-leadership/operators';
import { memoryStore } from 'rx-leadership/stores/memory';
import type * as testing from 'rx-leadership/testing';

export type Entries = typeof operators | typeof testing;

export const tokens$: Observable<bigint> = campaign(memoryStore(), { key: 'key', id: 'id' }).pipe(
  whileLeader((term) => [term.token]),
);

export const view$: Observable<LeaderView> = followFeed('/events', 'key', { EventSource });
