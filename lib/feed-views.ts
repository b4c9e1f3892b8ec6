import { leaderRecord } from './contract.js';
import { errorCodes, LeadershipError, type LeadershipErrorCode } from './errors.js';
import type { FeedElectionState, FeedSnapshot } from './feed-wire.js';
import type { LeaderView } from './follow.js';

/** What came of a connection to a feed. */
export type FeedNews =
  | { readonly is: 'snapshot'; readonly snapshot: FeedSnapshot }
  | { readonly is: 'beat' }
  | { readonly is: 'lost'; readonly error: unknown; readonly retryIn?: number };

/** What a feed has told of all of its elections. */
export interface FeedViews {
  /** By election. */
  readonly elections: ReadonlyMap<string, LeaderView>;
  /** Why there is no contact with the feed. */
  readonly error?: unknown;
  /** Milliseconds until the next attempt, where this side makes it. */
  readonly retryIn?: number;
}

export interface FeedMemory extends FeedViews {
  readonly snapshot: FeedSnapshot | undefined;
  /** Elections of which an older term was told than before: for how many heartbeats. */
  readonly behind: ReadonlyMap<string, number>;
}

export const nothingYet: FeedMemory = {
  elections: new Map(),
  snapshot: undefined,
  behind: new Map(),
};

/** A server that still tells an older term after so many heartbeats is right: the store lost data. */
const patience = 2;

/** What is known after the news. */
export function nextViews(before: FeedMemory, news: FeedNews): FeedMemory {
  if (news.is === 'lost') return withoutContact(before, news);
  const snapshot = news.is === 'snapshot' ? news.snapshot : before.snapshot;
  if (snapshot === undefined) return before;
  const elections = new Map<string, LeaderView>();
  const behind = new Map<string, number>();
  for (const [key, state] of Object.entries(snapshot.elections)) {
    const told = viewOf(state);
    const known = before.elections.get(key);
    const beats = (before.behind.get(key) ?? 0) + (news.is === 'beat' ? 1 : 0);
    if (known !== undefined && isOlder(told, known) && beats < patience) {
      elections.set(key, { leader: known.leader, stale: true });
      behind.set(key, beats);
    } else elections.set(key, told);
  }
  return { elections, behind, snapshot };
}

function withoutContact(
  before: FeedMemory,
  { error, retryIn }: Extract<FeedNews, { is: 'lost' }>,
): FeedMemory {
  const why = retryIn === undefined ? { error } : { error, retryIn };
  const elections = new Map<string, LeaderView>();
  for (const [key, { leader }] of before.elections)
    elections.set(key, { leader, stale: true, ...why });
  return { ...before, ...why, elections };
}

/** Another server behind the same address may lag; one that has lost data says so. */
function isOlder(told: LeaderView, known: LeaderView): boolean {
  if (told.leader === undefined || known.leader === undefined) return false;
  const lost = told.error instanceof LeadershipError && told.error.code === 'data-lost';
  return !lost && told.leader.token < known.leader.token;
}

function viewOf({ leader, stale, error }: FeedElectionState): LeaderView {
  const record =
    leader === null ? undefined : leaderRecord(leader.id, BigInt(leader.token), leader.data);
  return error === undefined
    ? { leader: record, stale }
    : { leader: record, stale, error: toldError(error) };
}

function toldError(code: string): LeadershipError {
  const known = code in errorCodes ? (code as LeadershipErrorCode) : 'store-unreachable';
  return new LeadershipError(
    known,
    `the server of the feed says ${JSON.stringify(code)}: see there`,
  );
}
