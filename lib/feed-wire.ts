/** What goes over the wire between `leadershipFeed` and `followFeed`: data of events, as JSON. */

/** Data of an event `leadership`: everything the feed knows. */
export interface FeedSnapshot {
  /** The server's time of day, milliseconds since 1970, for `since`. */
  readonly now: number;
  /** A heartbeat comes at least this often, in milliseconds. */
  readonly every: number;
  readonly elections: Readonly<Record<string, FeedElectionState>>;
}

/** One election. Tokens are decimal strings. */
export interface FeedElectionState {
  /** `null` while vacant. */
  readonly leader: FeedCandidate | null;
  readonly stale: boolean;
  /** Why it is stale: the code of an error, never its message. */
  readonly error?: string;
  /** When this began, as the server saw it: milliseconds since 1970. */
  readonly since?: number;
  /** It had begun before the server could see it. */
  readonly atLeast?: true;
  /** The leader first. */
  readonly queue?: readonly FeedCandidate[];
  /** What was the case from when on, the oldest first. Only for who asks for it. */
  readonly timeline?: readonly FeedSpan[];
}

export interface FeedCandidate {
  readonly id: string;
  readonly token: string;
  readonly data?: string;
}

/** From `at` until the next one: a term, or a vacancy, or a time without contact with the store. */
export interface FeedSpan {
  readonly at: number;
  readonly is: 'led' | 'vacant' | 'unknown';
  readonly id?: string;
  readonly token?: string;
}

/** The names of the events. */
export const feedEvents = { snapshot: 'leadership', beat: 'heartbeat' } as const;

/** After how many milliseconds without a sign of life what was told last is stale. */
export function silenceAfter(every: number): number {
  return every * 2.5;
}
