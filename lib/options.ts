import { EMPTY, from, type ObservableInput } from 'rxjs';
import { resolveBackoff, type RetryOptions } from './backoff.js';
import type { LeadershipStore, LeaseTiming } from './contract.js';
import { LeadershipError } from './errors.js';
import { checkId, normalKey } from './key.js';
import { checkDuration, defaultDrain, longestDuration, roomForDrain } from './timing.js';

/** How to run in an election. All durations are milliseconds. */
export interface CampaignOptions {
  /** The election, for example `service/jobs/leader`. Slashes at the ends do not count. */
  readonly key: string;
  /** This candidate, as followers see it. */
  readonly id: string;
  /** More for followers, an address say. */
  readonly data?: string | undefined;
  /**
   * How long the store waits for a sign of life before it gives the key away. Default: the
   * store's. Another value costs a session of its own.
   */
  readonly ttl?: number | undefined;
  /**
   * How long work may go on after its signal, before the key is released; within the lease.
   * Default: min(3 000, ttl / 5, ⅔ of what the lease has room for).
   */
  readonly drain?: number | undefined;
  /** What is taken off a lease for safety. May only be larger than the store's. */
  readonly margin?: number | undefined;
  /**
   * What a leader does while a renewal is overdue: `hold` on until the lease nearly runs out
   * (default), or `step-down` at once.
   */
  readonly whenSuspended?: 'hold' | 'step-down' | undefined;
  /** How long to stay out of the race after a resignation or `maxTerm`. Default 0. */
  readonly cooldown?: number | undefined;
  /** The longest term, after which this candidate goes to the back of the queue. Default: none. */
  readonly maxTerm?: number | undefined;
  /** How long to stay in the race after the last subscriber left. Default 0. */
  readonly linger?: number | undefined;
  /** At its first value the term ends in order, and the stream completes once all is given back. */
  readonly until?: ObservableInput<unknown> | undefined;
  /** `false`: an attempt that fails outside a term is an error notification. */
  readonly retry?: false | RetryOptions | undefined;
}

/** What the options of a campaign come to. */
export interface CampaignRules {
  readonly key: string;
  readonly id: string;
  readonly data: string | undefined;
  readonly ttl: number | undefined;
  /** As the store said it would keep it; `margin` as the user raised it. */
  readonly timing: LeaseTiming;
  readonly drain: number;
  readonly whenSuspended: 'hold' | 'step-down';
  readonly cooldown: number;
  readonly maxTerm: number | undefined;
  readonly linger: number;
  readonly until: ObservableInput<unknown> | undefined;
  /** Milliseconds until the next attempt, or `undefined` when the campaign gives up. */
  readonly retryIn: (error: unknown, failures: number, ofTerm: boolean) => number | undefined;
}

/** Fills in the defaults, or throws `invalid-option` with the name, the value and the range. */
export function resolveCampaign(store: LeadershipStore, given: CampaignOptions): CampaignRules {
  checkId(given.id);
  checkData(given.data);
  if (given.ttl !== undefined) checkDuration('ttl', given.ttl, 1);
  const timing = resolveTiming(store, given);
  const { cooldown = 0, linger = 0, maxTerm, whenSuspended = 'hold' } = given;
  checkDuration('cooldown', cooldown, 0);
  checkDuration('linger', linger, 0);
  if (maxTerm !== undefined) checkDuration('maxTerm', maxTerm, 1);
  if (!['hold', 'step-down'].includes(whenSuspended)) {
    throw new LeadershipError(
      'invalid-option',
      `whenSuspended is ${whenSuspended}, not "hold" or "step-down"`,
    );
  }
  checkUntil(given.until);
  return {
    key: normalKey(given.key),
    id: given.id,
    data: given.data,
    ttl: given.ttl,
    timing,
    drain: resolveDrain(given.drain, timing),
    whenSuspended,
    cooldown,
    maxTerm,
    linger,
    until: given.until,
    retryIn: resolveBackoff(given.retry, timing.ttl),
  };
}

function checkUntil(until: ObservableInput<unknown> = EMPTY): void {
  try {
    void from(until);
  } catch (cause) {
    const message = `until is ${typeof until}, not an Observable, a promise or another input of RxJS`;
    throw new LeadershipError('invalid-option', message, { cause });
  }
}

function checkData(data: unknown): void {
  if (data === undefined || typeof data === 'string') return;
  throw new LeadershipError(
    'invalid-option',
    `data is ${typeof data}, not a string: encode it, as JSON for example`,
  );
}

function resolveTiming(store: LeadershipStore, { ttl, margin }: CampaignOptions): LeaseTiming {
  const timing = store.timing(ttl);
  const raised = margin === undefined ? timing : { ...timing, margin };
  if (margin !== undefined) checkDuration('margin', margin, timing.margin, longestDuration);
  if (roomForDrain(raised) > 0) return raised;
  throw new LeadershipError(
    'invalid-option',
    `ttl is ${String(timing.ttl)}, not more than margin ${String(raised.margin)} and ` +
      `${String(timing.gap)} for a lost renewal together: raise ttl or lower margin`,
  );
}

function resolveDrain(given: number | undefined, timing: LeaseTiming): number {
  if (given === undefined) return defaultDrain(timing);
  const room = roomForDrain(timing);
  if (typeof given === 'number' && given >= 0 && given < room) return given;
  throw new LeadershipError(
    'invalid-option',
    `drain is ${String(given)}, not 0 or more and less than ${String(room)} milliseconds: ttl ` +
      `${String(timing.ttl)} less margin ${String(timing.margin)} and ${String(timing.gap)} for a ` +
      `lost renewal`,
  );
}
