import {
  connect,
  defer,
  dematerialize,
  ignoreElements,
  materialize,
  merge,
  Subject,
  takeWhile,
} from 'rxjs';
import type { MonoTypeOperatorFunction, Observable, OperatorFunction } from 'rxjs';

/** Runs `side$` beside the source, for its effects and its errors. Begins first, ends with the source. */
export function beside<T>(side$: Observable<unknown>): MonoTypeOperatorFunction<T> {
  return (source$) =>
    merge(side$.pipe(ignoreElements()), source$.pipe(materialize())).pipe(dematerialize());
}

/**
 * One subscription to the source for all that `selector` makes of it: RxJS's `connect`, which alone
 * goes on with a synchronous source when the result is not subscribed any more.
 */
export function sharing<T, R>(
  selector: (shared$: Observable<T>) => Observable<R>,
): OperatorFunction<T, R> {
  return (source$) =>
    defer(() => {
      const shared$ = new Subject<T>();
      return source$.pipe(
        // eslint-disable-next-line rxjs-x/no-ignored-takewhile-value -- who listens counts, not the value
        takeWhile(() => shared$.observed),
        connect(selector, { connector: () => shared$ }),
      );
    });
}
