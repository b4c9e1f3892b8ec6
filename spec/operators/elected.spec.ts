import { EMPTY, Observable, of, take } from 'rxjs';
import { expect, it } from 'vitest';
import type { Leadership } from '../../lib/leadership.js';
import { elected } from '../../operators/elected.js';
import { interrupted, joining, leading } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

const { term: a, second: b, states } = twoTerms();
const answers = { f: false, t: true };

// prettier-ignore
it('tells each change, and nothing of a renewal or a suspension', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--j--w--A--s--A--i--B--w|', states);
    const subs =             '^-----------------------!';
    const expected =         '--f-----t--------f--t--f|';
    expectObservable(leadership$.pipe(elected())).toBe(expected, answers);
    expectSubscriptions(leadership$.subscriptions).toBe(subs);
  });
});

// prettier-ignore
it('says false before it completes', () => {
  marbles(({ hot, expectObservable }) => {
    const leadership$ = hot('--j--A----|', states);
    const expected =         '--f--t----(f|)';
    expectObservable(leadership$.pipe(elected())).toBe(expected, answers);
  });
});

// prettier-ignore
it('says false before it errors', () => {
  marbles(({ hot, expectObservable }) => {
    const leadership$ = hot('--j--A----#', states);
    const expected =         '--f--t----(f#)';
    expectObservable(leadership$.pipe(elected())).toBe(expected, answers);
  });
});

// prettier-ignore
it('says false once only when it ends without leading', () => {
  marbles(({ hot, expectObservable }) => {
    expectObservable(hot('--j--w--|', states).pipe(elected())).toBe('--f-----|', answers);
    expectObservable(hot('--j--w--#', states).pipe(elected())).toBe('--f-----#', answers);
    expectObservable(EMPTY.pipe(elected())).toBe('(f|)', answers);
  });
});

it('says that two terms without a pause between them are one stretch of leading', () => {
  marbles(({ expectObservable }) => {
    const leadership$ = of(leading(a), leading(b));
    expectObservable(leadership$.pipe(elected())).toBe('(tf|)', answers);
  });
});

// prettier-ignore
it('unsubscribes from the campaign when it is unsubscribed', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--j--A-----w--|', states);
    const unsub =            '--------!      ';
    const expected =         '--f--t--       ';
    expectObservable(leadership$.pipe(elected()), unsub).toBe(expected, answers);
    expectSubscriptions(leadership$.subscriptions).toBe('^-------!');
  });
});

it('stops listening to a synchronous campaign when unsubscribed', () => {
  const seen: string[] = [];
  const leadership$ = new Observable<Leadership>((subscriber) => {
    for (const state of [joining(), leading(a), interrupted()]) {
      if (subscriber.closed) return;
      seen.push(state.state);
      subscriber.next(state);
    }
  });
  leadership$.pipe(elected(), take(2)).subscribe();
  expect(seen).toEqual(['joining', 'leading']);
});
