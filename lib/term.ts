import type { Observable, ObservableInput } from 'rxjs';

/** One uninterrupted tenure of one candidate. Ends once; nothing revives it. */
export interface Term {
  /** The election, in its normal form. */
  readonly key: string;
  /** The candidate, as followers see it. */
  readonly id: string;
  /** The fencing token: larger than that of every earlier term of this election. */
  readonly token: bigint;
  /**
   * Aborted when the term ends, before the key is released. Its reason is a `LeadershipError`
   * `term-over` that names why.
   */
  readonly signal: AbortSignal;
  /**
   * Whether this candidate is certain to be the only leader now. Reads the clock, so it is right
   * also when no timer could run. Stays true while ended work drains, false from then on.
   */
  isValid(): boolean;
  /** For how many more milliseconds `isValid()` is certain without another renewal; 0 after that. */
  remaining(): number;
  /**
   * Keeps the key until `work` has ended, within the drain and the lease, and passes the values of
   * `work` through. A promise counts from this call, an Observable from its subscription.
   *
   * Unsubscribing cancels an Observable before the signal; after the signal it is left to end, and
   * cut at the end of the drain. An error of work that nobody listens to (any more) ends the term,
   * and shows as `error` of the `interrupted` that follows; an `AbortError` after the signal, or
   * the signal's own reason, is no failure. After the term is over: the error
   * `term-over`, and `work` is not subscribed.
   */
  waitUntil<T>(work: ObservableInput<T>): Observable<T>;
  /**
   * Ends the term: the signal, the drain, the release; then the back of the queue. With an
   * `error` it ends as failed work: told as `interrupted`, and tried again after a backoff.
   * No effect on a term that has ended.
   */
  resign(error?: unknown): void;
  /** For logs: the token as a decimal string. */
  toJSON(): { readonly key: string; readonly id: string; readonly token: string };
}

/** Why a term ended. */
export type TermEndReason =
  /** The lease was about to run out without an acknowledged renewal. */
  | 'expired'
  /** The store said that the claim or its session is gone. */
  | 'lost'
  /** The term lasted `maxTerm`. */
  | 'max-term'
  /** `resign()`. */
  | 'resigned'
  /** The lease was suspended, and `whenSuspended` is `step-down`. */
  | 'stepped-down'
  /** The campaign was stopped: by `until`, by its last subscriber leaving, by the store closing. */
  | 'stopped'
  /** A larger token was seen in the election: an alarm. */
  | 'superseded'
  /** Work failed. */
  | 'work-failed';

/** A term that ended. */
export interface TermEnd {
  readonly token: bigint;
  readonly reason: TermEndReason;
  /** The token as a decimal string. */
  toJSON(): { readonly token: string; readonly reason: TermEndReason };
}

export function termEnd(token: bigint, reason: TermEndReason): TermEnd {
  return { token, reason, toJSON: () => ({ token: token.toString(), reason }) };
}
