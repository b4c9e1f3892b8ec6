import { leaderRecord, termEnd } from '../lib/index.js';
import type { LeaderView, Leadership, Term, TermEnd, TermEndReason } from '../lib/index.js';
import { fakeTerm } from './fake-term.js';

// Values for marbles. Make each once and use it on both sides: `{ w: waiting(), L: leading(1n) }`.

/** A claim is on its way. */
export function joining(): Leadership {
  return { elected: false, state: 'joining' };
}

/** In the queue. */
export function waiting(ahead?: number): Leadership {
  return { elected: false, state: 'waiting', ...(ahead !== undefined && { ahead }) };
}

/** Leads: a term that you made with `fakeTerm`, or one with this token. */
export function leading(term: Term | bigint): Leadership {
  return { elected: true, state: 'leading', term: termOf(term) };
}

/** Leads, and a renewal is overdue. */
export function suspended(term: Term | bigint): Leadership {
  return { elected: true, state: 'suspended', term: termOf(term) };
}

/** The term has ended and drains; without a term: leaves the queue. */
export function resigning(term?: Term | bigint, reason?: TermEndReason): Leadership {
  if (term === undefined) return { elected: false, state: 'resigning' };
  return { elected: false, state: 'resigning', ended: endOf(term, reason) };
}

/** Has resigned, and joins again in `retryIn`. */
export function coolingDown(term: Term | bigint, retryIn = 0): Leadership {
  return { elected: false, state: 'cooling-down', ended: endOf(term), retryIn };
}

/** Trouble. */
export function interrupted(
  error: unknown = new Error('interrupted'),
  retryIn = 1_000,
): Leadership {
  return { elected: false, state: 'interrupted', error, retryIn };
}

/** What a follower sees: this leader. */
export function led(id: string, token = 1n, data?: string): LeaderView {
  return { leader: leaderRecord(id, token, data), stale: false };
}

/** What a follower sees: nobody leads. */
export function vacant(): LeaderView {
  return { leader: undefined, stale: false };
}

/** What a follower sees when contact is lost: the last that it knew, which may be old. */
export function stale(view: LeaderView): LeaderView {
  return { ...view, stale: true };
}

function termOf(term: Term | bigint): Term {
  return typeof term === 'bigint' ? fakeTerm({ token: term }) : term;
}

function endOf(term: Term | bigint, reason: TermEndReason = 'resigned'): TermEnd {
  return termEnd(typeof term === 'bigint' ? term : term.token, reason);
}
