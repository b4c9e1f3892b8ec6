import { catchError, concat, defer, of, retry, throwError, timer } from 'rxjs';
import type { OperatorFunction, SchedulerLike } from 'rxjs';
import type { Clock } from './clock.js';

/** How to try again, and what to tell. All durations are milliseconds. */
export interface RetryVisibly<U> {
  /** How long to wait after the n-th failure in a row, n from 1; `undefined` to give up. */
  readonly delay: (error: unknown, failures: number) => number | undefined;
  /** How long an attempt must have lasted to prove that the failures before it are over. */
  readonly proof: number;
  /** What subscribers get at once, before the wait. */
  readonly tell: (error: unknown, retryIn: number) => U;
  readonly clock: Clock;
  readonly scheduler: SchedulerLike;
}

/**
 * Subscribes again after an error, and tells its subscribers before it waits. (RxJS's `retry` says
 * nothing while it waits, and with `resetOnSuccess` any value makes its count begin anew.)
 *
 *     source  --w-#          w a value, i what `tell` returns
 *     result  --w-i----w-    the wait, delay(error, 1), lasts from i on
 */
export function retryVisibly<T, U>(options: RetryVisibly<U>): OperatorFunction<T, T | U> {
  const { delay, proof, tell, clock, scheduler } = options;
  return (source$) =>
    defer(() => {
      let failures = 0;
      let since = clock.now();
      let retryIn: number | undefined;
      return defer(() => {
        since = clock.now();
        return source$;
      }).pipe(
        catchError((error: unknown) => {
          failures = clock.now() - since > proof ? 1 : failures + 1;
          retryIn = undefined; // stays so when `delay` throws
          retryIn = delay(error, failures);
          const failed$ = throwError(() => error);
          return retryIn === undefined ? failed$ : concat(of(tell(error, retryIn)), failed$);
        }),
        retry({
          delay: (error: unknown) =>
            retryIn === undefined ? throwError(() => error) : timer(retryIn, scheduler),
        }),
      );
    });
}
