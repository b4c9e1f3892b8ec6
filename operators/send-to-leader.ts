import {
  catchError,
  defer,
  dematerialize,
  distinctUntilChanged,
  EMPTY,
  endWith,
  finalize,
  from,
  ignoreElements,
  materialize,
  merge,
  mergeMap,
  ReplaySubject,
  share,
  startWith,
  switchMap,
  throwError,
  timer,
} from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import { LeadershipError } from '../lib/errors.js';
import { checkDuration } from '../lib/timing.js';
import { beside } from './beside.js';
import { overflow } from './bounded-queue.js';
import { checkChoice, checkCount } from './checks.js';

/** How requests wait for a leader, and what becomes of those that it cannot answer. */
export interface SendToLeaderOptions<Request, Response> {
  /** How long a request waits while there is no connection, in milliseconds. Default 10 000. */
  readonly timeout?: number | undefined;
  /** How many requests may wait at once. Default 1 000; one more fails with `overflow`. */
  readonly limit?: number | undefined;
  /**
   * What becomes of a request under way when the connection changes: `fail` (default) with
   * `leader-changed`, since it may have been carried out; or `resend` to the next leader, for
   * requests that do no harm when they are carried out twice.
   */
  readonly onLeaderChange?: 'fail' | 'resend' | undefined;
  /** What the result gets instead of a failed request's error. Default: the error, which ends it. */
  readonly onError?: ((error: unknown, request: Request) => ObservableInput<Response>) | undefined;
  /** For the time-outs. Default: RxJS's own. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Sends each request to whoever leads, and waits while nobody does.
 *
 *     connection$  --u----x--------u---y--      u undefined: nobody to send to; x, y connections
 *     request$     ----1------2---------3--|
 *     result       --------a-----b--------c|    1 has waited for x; a, b, c the answers
 *
 * - Calls `send(connection, request)` as soon as there is a connection, for any number of requests at
 *   a time, and emits what it emits, in the order of its arrival.
 * - A request fails with `no-leader` when it has waited for `timeout`, with `overflow` when `limit`
 *   others wait already, with `leader-changed` when the leader changes before its answer is complete,
 *   with the error of `send`, and with that of `connection$` from then on. `onError` decides what the
 *   result gets for it.
 * - Completes when the requests have, and each is answered. Errors with the requests.
 * - Holds one subscription to `connection$`, from its own to its end.
 *
 * @example
 * const leader$ = follow(store, key).pipe(toLeader(({ data }) => of(new Client(data))));
 * requests$.pipe(sendToLeader(leader$, (client, request) => client.post(request)));
 * @throws LeadershipError `invalid-option` at the call.
 * @param connection$ The connection to the leader, `undefined` while there is none: see {@link toLeader}.
 * @param send Sends a request, and gives its answer, or answers.
 * @param options How requests wait, and what becomes of those that fail.
 * @returns A function that turns requests into answers.
 */
export function sendToLeader<Connection, Request, Response>(
  connection$: Observable<Connection | undefined>,
  send: (connection: Connection, request: Request) => ObservableInput<Response>,
  options: SendToLeaderOptions<Request, Response> = {},
): OperatorFunction<Request, Response> {
  const { timeout = 10_000, limit = 1_000, onLeaderChange = 'fail', onError, scheduler } = options;
  checkDuration('timeout', timeout, 0);
  checkCount('limit', limit);
  checkChoice('onLeaderChange', onLeaderChange, ['fail', 'resend']);
  return (request$) =>
    defer(() => {
      let waiting = 0;
      const waitFor = (present$: Observable<unknown>) =>
        defer(() => {
          if (waiting >= limit) return throwError(() => overflow('requests for a leader', limit));
          waiting += 1;
          const gone$ = present$.pipe(ignoreElements(), endWith(undefined));
          return merge(timer(timeout, scheduler), gone$).pipe(
            switchMap(() => throwError(() => noLeader(timeout))),
            finalize(() => (waiting -= 1)),
          );
        });
      const answerTo = (request: Request, present$: Observable<Connection | undefined>) =>
        defer(() => {
          let sent = false;
          return present$.pipe(
            distinctUntilChanged(),
            switchMap((connection) => {
              if (sent && onLeaderChange === 'fail') return throwError(leaderChanged);
              if (connection === undefined) return waitFor(present$);
              sent = true;
              return defer(() => send(connection, request)).pipe(materialize());
            }),
            dematerialize(), // the answer's end is the end, not that of the connections
          );
        });
      const answers = (present$: Observable<Connection | undefined>) =>
        request$.pipe(
          mergeMap((request) =>
            answerTo(request, present$).pipe(
              catchError((error: unknown) =>
                onError === undefined ? throwError(() => error) : from(onError(error, request)),
              ),
            ),
          ),
        );
      const connector = () => new ReplaySubject<Connection | undefined>(1);
      const kept = { connector, resetOnComplete: false, resetOnError: false };
      const present$ = connection$.pipe(startWith(undefined), share(kept));
      // Its error is that of the requests, each of which may have an answer to it.
      return answers(present$).pipe(beside(present$.pipe(catchError(() => EMPTY))));
    });
}

const leaderChanged = () =>
  new LeadershipError(
    'leader-changed',
    'the leader changed before its answer was complete: the request may have been carried out, or ' +
      'not; use onLeaderChange "resend" where that does no harm',
  );

const noLeader = (timeout: number) =>
  new LeadershipError(
    'no-leader',
    `there was no connection to a leader within ${String(timeout)} milliseconds, or none can be ` +
      'known any more: see whether the election has candidates, and whether they can be reached',
  );
