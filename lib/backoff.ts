import { isLeadershipError, LeadershipError } from './errors.js';
import { checkDuration } from './timing.js';

/** How to go on after failures. All durations are milliseconds. */
export interface RetryOptions {
  /** The longest wait after the first failure in a row. Default 250. */
  readonly initial?: number | undefined;
  /**
   * The longest wait after many, and after errors that only people can mend. Default
   * max(1 000, ttl / 3): an election without a leader must not wait for its candidates.
   */
  readonly longest?: number | undefined;
  /** What part of a wait is left to chance, 0 to 1, so that candidates do not march in step. Default 0.5. */
  readonly jitter?: number | undefined;
  /** Where chance comes from: 0 to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Return `true` to give up: the error becomes an error notification. Default: never. */
  readonly giveUp?: ((error: unknown, failures: number) => boolean) | undefined;
}

/** {@link RetryOptions} with the defaults filled in. */
interface RetryRules {
  readonly initial: number;
  readonly longest: number;
  readonly jitter: number;
  readonly random: () => number;
  readonly giveUp: (error: unknown, failures: number) => boolean;
}

/** Fills in the defaults, or throws `invalid-option`. */
function resolveRetry(given: RetryOptions | undefined, ttl: number): RetryRules {
  const longest = given?.longest ?? Math.max(1_000, ttl / 3);
  checkDuration('retry.longest', longest, 1);
  const initial = given?.initial ?? Math.min(250, longest);
  const jitter = given?.jitter ?? 0.5;
  checkDuration('retry.initial', initial, 1, longest);
  if (!(jitter >= 0 && jitter <= 1))
    throw new LeadershipError('invalid-option', `retry.jitter is ${String(jitter)}, not 0 to 1`);
  const random = given?.random ?? Math.random;
  const giveUp = given?.giveUp ?? (() => false);
  for (const [name, value] of Object.entries({ random, giveUp })) {
    if (typeof value === 'function') continue;
    throw new LeadershipError('invalid-option', `retry.${name} is ${typeof value}, not a function`);
  }
  return { initial, longest, jitter, random, giveUp };
}

type Backoff = (error: unknown, failures: number, ofTerm?: boolean) => number | undefined;

/** For who says nothing of it: one for all campaigns of a ttl. */
const usual = new Map<number, Backoff>();

/** The waits that the option `retry` asks for, or `invalid-option`. */
export function resolveBackoff(retry: false | RetryOptions | undefined, ttl: number): Backoff {
  if (retry === false) return backoff(resolveRetry(undefined, ttl), true);
  if (retry !== undefined) return backoff(resolveRetry(retry, ttl));
  const known = usual.get(ttl) ?? backoff(resolveRetry(undefined, ttl));
  usual.set(ttl, known);
  return known;
}

/**
 * Milliseconds to wait after the n-th failure in a row, n from 1: doubling, jittered, bounded.
 * `undefined` to give up; `once` gives up at any failure that did not end a term.
 */
function backoff({ initial, longest, jitter, random, giveUp }: RetryRules, once = false): Backoff {
  return (error, failures, ofTerm = false) => {
    if ((once && !ofTerm) || giveUp(error, failures)) return undefined;
    if (isLeadershipError(error) && !error.retryable) return longest;
    const full = Math.min(longest, initial * 2 ** (failures - 1));
    const wait = full * (1 - jitter * random());
    return wait >= 0 && wait <= full ? wait : full; // whatever `random` said
  };
}
