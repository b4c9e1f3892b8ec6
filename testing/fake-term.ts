import { defer, from, throwError, type Observable, type ObservableInput } from 'rxjs';
import { LeadershipError } from '../lib/index.js';
import type { Term, TermEndReason } from '../lib/index.js';

export interface FakeTermOptions {
  /** Default `election`. */
  readonly key?: string;
  /** Default `candidate`. */
  readonly id?: string;
  /** Default 1. */
  readonly token?: bigint;
  /** What `remaining()` says while the term lasts. Default 10 000. */
  readonly remaining?: number;
}

/** A term that a test ends when it likes. */
export interface FakeTerm extends Term {
  /** As the first half of an end: the signal is aborted, work drains, the term is still valid. */
  signalEnd(reason?: TermEndReason): void;
  /** Ends it, the drain too: not valid any more. */
  end(reason?: TermEndReason): void;
  /** As after a blocked event loop: not valid any more, and nobody was told. */
  expire(): void;
  /** With what `resign` was called, call by call. */
  readonly resignations: readonly unknown[];
  /** What `waitUntil` was given, call by call. */
  readonly works: readonly ObservableInput<unknown>[];
}

/**
 * A term without a campaign, for tests of what is done with terms.
 *
 * @example
 * const term = fakeTerm({ token: 7n });
 * const states = { w: waiting(), L: leading(term), r: resigning(term) };
 * const leadership$ = cold('w--L--r', states).pipe(tap(({ state }) => state === 'resigning' && term.end()));
 */
export function fakeTerm(options: FakeTermOptions = {}): FakeTerm {
  const { key = 'election', id = 'candidate', token = 1n, remaining = 10_000 } = options;
  const controller = new AbortController();
  const resignations: unknown[] = [];
  const works: ObservableInput<unknown>[] = [];
  let valid = true;
  const over = (why: string = 'ended by the test') =>
    new LeadershipError('term-over', `the term with token ${token} is over (${why})`);
  const signalEnd = (reason: TermEndReason = 'resigned') => {
    if (!controller.signal.aborted) controller.abort(over(reason));
  };
  const waitUntil = <T>(work: ObservableInput<T>): Observable<T> => {
    works.push(work);
    return defer(() => (valid ? from(work) : throwError(over)));
  };
  return {
    key,
    id,
    token,
    signal: controller.signal,
    resignations,
    works,
    isValid: () => valid,
    remaining: () => (valid ? remaining : 0),
    waitUntil,
    resign: (error) => {
      resignations.push(error);
    },
    toJSON: () => ({ key, id, token: token.toString() }),
    signalEnd,
    end: (reason) => {
      signalEnd(reason);
      valid = false;
    },
    expire: () => {
      valid = false;
    },
  };
}
