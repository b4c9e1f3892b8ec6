import { defer, EMPTY, filter, from, tap } from 'rxjs';
import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import { beside } from './beside.js';

/** How to admit values. */
export interface AdmitByTokenOptions<T> {
  /** The newest token that was seen before, by an earlier run say. Default: none. */
  readonly newest?: bigint | undefined;
  /**
   * At each value the newest token is forgotten: for a store that lost its data (`data-lost`), once
   * no older leader works any more. An error of it is an error of the result.
   */
  readonly forget?: ObservableInput<unknown> | undefined;
  /** Called with each value that is not admitted, and with the newest token then. */
  readonly onRefused?: ((value: T, newest: bigint | undefined) => void) | undefined;
}

/**
 * Admits only values whose token is not older than the newest seen: what a former leader sends late
 * does no harm.
 *
 *     source  --1--1--2--1--2--3--|     the tokens of the values
 *     result  --1--1--2-----2--3--|
 *
 * - Emits each value with the newest token or a newer one. A token is a `bigint`, or its decimal
 *   string as JSON has it; what is neither is refused.
 * - Completes and errors with the source. What `onRefused` throws is an error of the result.
 * - The newest token is remembered for each subscription on its own. If it must outlive the
 *   process, store it with what the value writes, in one transaction, and begin with `newest`.
 *
 * One operator for one election: tokens of different elections cannot be compared (`groupBy` them).
 *
 * @example
 * messages$
 *   .pipe(map((text) => JSON.parse(text) as { token: string; value: Order }), admitByToken())
 *   .subscribe(({ value }) => carryOut(value));
 * @see {@link withFencing} for the sending side.
 * @param options What was seen before, and what is done with values that are refused.
 * @returns A function that passes some of its values through.
 */
export function admitByToken<T extends { readonly token: bigint | string }>({
  newest: before,
  forget = EMPTY,
  onRefused,
}: AdmitByTokenOptions<T> = {}): MonoTypeOperatorFunction<T> {
  return (source$) =>
    defer(() => {
      let newest = before;
      const admits = (value: T) => {
        const token = tokenOf(value);
        if (token !== undefined && (newest === undefined || token >= newest)) {
          newest = token;
          return true;
        }
        onRefused?.(value, newest);
        return false;
      };
      const forgetting$ = defer(() => from(forget)).pipe(tap(() => (newest = undefined)));
      return source$.pipe(filter(admits), beside(forgetting$));
    });
}

function tokenOf({ token }: { readonly token: unknown }): bigint | undefined {
  if (typeof token === 'bigint') return token;
  return typeof token === 'string' && /^\d+$/u.test(token) ? BigInt(token) : undefined;
}
