import { concat, map, NEVER, type Observable } from 'rxjs';
import type { Leadership } from '../../lib/leadership.js';
import { termsOf } from '../../operators/combined-term.js';
import { fakeTerm, joining, leading, resigning, suspended, waiting } from '../../testing/index.js';

/** What is told, in a word: the tokens, or the state. */
export const brief = map((leadership: Leadership) => {
  if (!leadership.elected) return leadership.state;
  const tokens = termsOf(leadership.term).map(({ token }) => String(token));
  return `${leadership.state} ${tokens.join('+')}`;
});

/** Two elections, each with two terms. */
export function elections() {
  const [a, b] = [fakeTerm({ key: 'a', token: 1n }), fakeTerm({ key: 'b', token: 2n })];
  const [c, d] = [fakeTerm({ key: 'a', token: 3n }), fakeTerm({ key: 'b', token: 4n })];
  const states = {
    ...{ j: joining(), w: waiting(), r: resigning() },
    ...{ A: leading(a), B: leading(b), C: leading(c), D: leading(d) },
    ...{ s: suspended(a), t: suspended(b) },
  };
  return { a, b, c, d, states };
}

/** As a campaign that was just asked: the states, and then nothing more. */
export function goesOn(states$: Observable<Leadership>): Observable<Leadership> {
  return concat(states$, NEVER);
}
