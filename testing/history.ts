/**
 * One thing that happened in an election, as written down by whoever it happened to. `t` is
 * milliseconds on one clock for all writers: `performance.now()` of one process, or what
 * `process.hrtime` reads on one machine. Tokens may be decimal strings, as they come out of JSON.
 */
export type HistoryRecord = Readonly<
  { t: number; who: string; key?: string } & (
    | { e: 'start'; term: string; token: bigint | string; until: number }
    | { e: 'renew'; term: string; until: number }
    | { e: 'end'; term: string; reason?: string }
    /**
     * Its process has died; when this was written down it was still alive. So it believed in nothing
     * for longer than that, but for what it has told itself.
     */
    | { e: 'died' }
    /** What `isValid()` said, read immediately before an action. */
    | { e: 'probe'; term: string; valid: boolean }
    /** Written down by the resource: a write with this token came, and was accepted or refused. */
    | { e: 'write'; token: bigint | string; ok: boolean }
    /** What a follower was shown. */
    | { e: 'view'; token?: bigint | string | undefined; stale?: boolean }
    /** A fault was made, and mended. */
    | { e: 'fault'; name: string; phase: 'from' | 'to' }
    /** Nobody can lead from here to there: no quorum, or no candidate that is alive. */
    | { e: 'nobody'; phase: 'from' | 'to' }
    /** An operator took the key away: up to `until` the old leader may not know. */
    | { e: 'forced'; until: number }
  )
>;

/** A rule of the history that was broken. */
export interface Finding {
  readonly rule: HistoryRule;
  readonly key: string;
  readonly message: string;
}

export type HistoryRule =
  /** Two terms were believed in at one time. */
  | 'one-leader'
  /** A token is not larger than that of the term before. */
  | 'tokens-rise'
  /** A term was renewed or found valid after its deadline or its end. */
  | 'nothing-after-the-end'
  /** The resource accepted a token smaller than one that it had accepted. */
  | 'register'
  /** Nobody led for longer than allowed. */
  | 'vacancy'
  /** A follower was shown an older term after a newer one. */
  | 'followers'
  /** Too little happened for the history to prove anything. */
  | 'something-happened';

export interface HistoryDemands {
  /** The longest time without a leader, while somebody could lead. Default: not checked. */
  readonly vacancy?: number;
  /** How many terms there must have been, at least. Default 1. */
  readonly terms?: number;
  /** How often the leader must have changed, at least. Default 0. */
  readonly changes?: number;
  /** The faults that must have been made. Default: none. */
  readonly faults?: readonly string[];
}

/** What a history shows. */
export interface HistoryReport {
  readonly findings: readonly Finding[];
  readonly terms: number;
  /** Changes from one candidate to another. */
  readonly changes: number;
  readonly staleWritesRefused: number;
  /** The longest time without a leader, while somebody could lead. */
  readonly longestVacancy: number;
}

/** A term as the history tells it. It was believed in from `start` to `believedUntil`. */
export interface ToldTerm {
  readonly key: string;
  readonly who: string;
  readonly term: string;
  readonly token: bigint;
  readonly start: number;
  until: number;
  end: number;
  /** Until when its process lived, as far as is known. */
  died: number;
  believedUntil: number;
  /** How long after its deadline or end it was renewed or found valid, at worst. */
  excess: number;
}

export const keyOf = ({ key }: HistoryRecord): string => key ?? '';
