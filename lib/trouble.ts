import type { LeaseTiming } from './contract.js';
import { LeadershipError } from './errors.js';

/** The session of a term ended before its time. */
export const sessionGone = () =>
  new LeadershipError(
    'session-lost',
    'the session of the term ended before its time: see who ended it, or whether the store restarted',
  );

/** No renewal was acknowledged in time. */
export const ranOut = () =>
  new LeadershipError(
    'lease-expired',
    'the lease ran out without an acknowledged renewal: see whether the store can be reached, and ' +
      'whether this process was stopped or its event loop blocked',
  );

/** A renewal is overdue, and the user would rather step down. */
export const overdue = () =>
  new LeadershipError(
    'lease-expired',
    'a renewal of the lease is overdue, and whenSuspended is "step-down"',
  );

/** A larger token than that of a term that still ran: the alarm. */
export const overtaken = (ours: bigint, theirs: bigint) =>
  new LeadershipError(
    'term-superseded',
    `token ${String(theirs)} was seen while the term with token ${String(ours)} still ran: two ` +
      'leaders may have overlapped; see who deleted a claim, and check fencing tokens downstream',
  );

/** The store granted less than a term needs. */
export const tooShort = (drain: number, { ttl, margin, gap }: LeaseTiming) =>
  new LeadershipError(
    'lease-too-short',
    `the store granted a ttl of ${String(ttl)}, not more than margin ${String(margin)}, ` +
      `${String(gap)} for a lost renewal and drain ${String(drain)} together: ask for a longer ` +
      'ttl or a shorter drain',
  );

/** Work came too late, or the signal's reason. */
export const termOver = (key: string, token: bigint, why: string) =>
  new LeadershipError(
    'term-over',
    `the term with token ${String(token)} in ${JSON.stringify(key)} is over (${why}): wait for the ` +
      'next one',
  );

/** A store whose `lock` completed, which none should do. */
export const ended = () =>
  new LeadershipError('claim-lost', 'the store ended the claim without saying why');

/** A store whose `lock` threw when it was torn down, which none should do. */
export const teardownFailed = (cause: unknown) =>
  new LeadershipError(
    'store-refused',
    'the store threw while the claim was given up, which may stand until its session ends: see cause',
    { cause },
  );
