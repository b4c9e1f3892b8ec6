import {
  combineLatest,
  concat,
  map,
  merge,
  NEVER,
  of,
  scan,
  startWith,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import { monotonicClock, monotonicScheduler } from '../lib/clock.js';
import type { LeaderRecord } from '../lib/contract.js';
import { isLeadershipError } from '../lib/errors.js';
import type { FeedElectionState, FeedSpan } from '../lib/feed-wire.js';
import type { LeaderView } from '../lib/follow.js';
import { retryVisibly } from '../lib/retry-visibly.js';
import type { FeedElection, FeedElections } from './elections.js';
import { nextTimeline, type Timeline } from './timeline.js';

/** What is known of one election, with its last hour. */
export type Shown = FeedElectionState & { readonly timeline: Timeline };
/** What is known of all of them, by name. */
export type Board = Readonly<Record<string, Shown>>;

type Change = (before: Shown) => Shown;

/** How long to wait before streams that failed are subscribed again, in milliseconds. */
const again = 2_000;
export const unknown: Shown = { leader: null, stale: true, timeline: [] };

/** What is known now of all elections, then each change. Never errors, never completes. */
export function boardOf(elections: FeedElections): Observable<Board> {
  return combineLatest(
    Object.fromEntries(
      Object.entries(elections).map(([name, election]) => [name, shown(election)]),
    ),
  );
}

function shown({ view$, contenders$ = NEVER }: FeedElection): Observable<Shown> {
  const withoutContact = (error?: unknown) => (before: Shown) => stale(before, error);
  const views$ = concat(view$.pipe(map(withView)), of(withoutContact()));
  const queues$ = contenders$.pipe(
    map((queue): Change => (before) => ({ ...before, queue: queue.map((each) => each.toJSON()) })),
  );
  return merge(
    views$.pipe(retried(withoutContact)),
    queues$.pipe(retried(withoutQueue)),
    NEVER,
  ).pipe(
    scan((before, change) => change(before), unknown),
    startWith(unknown),
  );
}

function retried(tell: (error: unknown) => Change): OperatorFunction<Change, Change> {
  const [clock, scheduler] = [monotonicClock, monotonicScheduler];
  return retryVisibly({ delay: () => again, proof: again, tell, clock, scheduler });
}

function withView({ leader, stale: isStale, error }: LeaderView): Change {
  return (before) => (isStale ? stale(before, error, leader) : fresh(before, leader));
}

function fresh(before: Shown, leader: LeaderRecord | undefined): Shown {
  const at = Date.now();
  const { queue, timeline } = before;
  const now: FeedSpan =
    leader === undefined
      ? { at, is: 'vacant' }
      : { at, is: 'led', id: leader.id, token: String(leader.token) };
  return {
    leader: leader?.toJSON() ?? null,
    stale: false,
    ...began(before, now),
    ...(queue && { queue }),
    timeline: nextTimeline(timeline, now),
  };
}

/** Since when it is so: what began out of sight began at the latest when it came into sight. */
function began(before: Shown, now: FeedSpan): Pick<Shown, 'since' | 'atLeast'> {
  const last = before.timeline.at(-1);
  const goesOn = before.since !== undefined && before.leader?.token === now.token;
  if (goesOn) return { since: before.since, ...(before.atLeast && { atLeast: true }) };
  const outOfSight = last === undefined || last.is === 'unknown';
  return { since: now.at, ...(outOfSight && { atLeast: true }) };
}

/** The last known, which may not be so any more. */
function stale(before: Shown, error: unknown, leader?: LeaderRecord): Shown {
  const known = leader?.toJSON() ?? before.leader;
  const goesOn = known?.token === before.leader?.token;
  const { queue, since, atLeast } = before;
  return {
    leader: known,
    stale: true,
    // Messages name hosts: for the log of the server, and for nobody who looks.
    ...(error !== undefined && { error: isLeadershipError(error) ? error.code : 'error' }),
    ...(goesOn && since !== undefined && { since, ...(atLeast && { atLeast }) }),
    ...(queue && { queue }),
    timeline: nextTimeline(before.timeline, { at: Date.now(), is: 'unknown' }),
  };
}

const withoutQueue =
  (): Change =>
  ({ queue: _unknown, ...rest }) =>
    rest;
