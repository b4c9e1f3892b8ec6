import type { Term, TermEnd } from './term.js';

/** Where a candidate stands. Durations are milliseconds. */
export type Leadership = Elected | NotElected;

/** This candidate leads. `suspended`: a renewal is overdue, but the lease has not run out. */
export type Elected = Readonly<{ elected: true; state: 'leading' | 'suspended'; term: Term }>;

/** This candidate does not lead. `ended`: the term that it led before, if it led one. */
export type NotElected =
  /** A claim is on its way to the store. */
  | Readonly<{ elected: false; state: 'joining' }>
  /** In the queue, behind `ahead` others where the store knows. */
  | Readonly<{ elected: false; state: 'waiting'; ahead?: number }>
  /**
   * Its term has ended, work drains; or it leaves the race and gives its claim back. `error`: why
   * the term ended, or that the claim could not be given back and is left to its ttl.
   */
  | Readonly<{ elected: false; state: 'resigning'; ended?: TermEnd; error?: unknown }>
  /** It resigned, and joins again in `retryIn`. */
  | Readonly<{ elected: false; state: 'cooling-down'; ended: TermEnd; retryIn: number }>
  /** Trouble: `error` says which. It joins again in `retryIn`. */
  | Readonly<{
      elected: false;
      state: 'interrupted';
      ended?: TermEnd;
      error: unknown;
      retryIn: number;
    }>;

/** One line for a log. A new state without its case here does not compile. */
export function describeLeadership(leadership: Leadership): string {
  switch (leadership.state) {
    case 'joining':
      return 'joining';
    case 'waiting':
      return `waiting, ${String(leadership.ahead ?? 'an unknown number')} ahead`;
    case 'leading':
    case 'suspended':
      return `${leadership.state} with token ${String(leadership.term.token)}`;
    case 'resigning':
      return leadership.ended === undefined ? 'leaving' : `resigning (${leadership.ended.reason})`;
    case 'cooling-down':
      return `cooling down (${leadership.ended.reason}), joins in ${String(leadership.retryIn)} ms`;
    case 'interrupted':
      return `interrupted, joins in ${String(leadership.retryIn)} ms`;
  }
}
