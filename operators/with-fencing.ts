import { map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { Term } from '../lib/term.js';

/** A value on its way out, with the token of the term that it was made in. */
export interface Fenced<T> {
  readonly token: bigint;
  readonly value: T;
  /** The token as a decimal string: a `bigint` breaks `JSON.stringify`. */
  toJSON(): { readonly token: string; readonly value: T };
}

/**
 * Adds the fencing token of a term to each value on its way out.
 *
 *     source  --a--b----|
 *     result  --A--B----|     A { token, value: a }, B { token, value: b }
 *
 * - Emits, completes and errors with the source. It is no gate: a value that comes late gets its
 *   token too, and it is the receiver who refuses it, by {@link admitByToken}.
 *
 * @example
 * campaign(store, { key, id })
 *   .pipe(whileLeader((term) => orders$.pipe(withFencing(term))))
 *   .subscribe((order) => socket.send(JSON.stringify(order)));
 * @see {@link admitByToken} for the receiving side.
 * @param term Whose token; only that is read.
 * @returns A function that turns values into values with a token.
 */
export function withFencing<T>(term: Pick<Term, 'token'>): OperatorFunction<T, Fenced<T>> {
  const { token } = term;
  return map((value) => new FencedValue(token, value));
}

/** A class so that `toJSON` is made once, not for each value. */
class FencedValue<T> implements Fenced<T> {
  readonly token: bigint;
  readonly value: T;

  constructor(token: bigint, value: T) {
    this.token = token;
    this.value = value;
  }

  toJSON() {
    return { token: this.token.toString(), value: this.value };
  }
}
