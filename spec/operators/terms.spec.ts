import { of } from 'rxjs';
import { expect, it } from 'vitest';
import { terms } from '../../operators/terms.js';
import { fakeTerm, leading } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

const { term: A, second: B, states } = twoTerms();
const led = { A, B };

// prettier-ignore
it('tells each term once, through suspensions and without a pause between two', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('-jw--A--s--A--i--B--A-w-|', states);
    const subs =             '^-----------------------!';
    const expected =         '-----A-----------B--A---|';
    expectObservable(leadership$.pipe(terms())).toBe(expected, led);
    expectSubscriptions(leadership$.subscriptions).toBe(subs);
  });
});

// prettier-ignore
it('errors with the campaign', () => {
  marbles(({ hot, expectObservable }) => {
    expectObservable(hot('--A---#', states).pipe(terms())).toBe('--A---#', led);
  });
});

// prettier-ignore
it('unsubscribes from the campaign when it is unsubscribed', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--A---w--B--|', states);
    const unsub =            '-------!     ';
    expectObservable(leadership$.pipe(terms()), unsub).toBe('--A-----', led);
    expectSubscriptions(leadership$.subscriptions).toBe('^------!');
  });
});

it('passes by a term that is over', () => {
  const [ended, expired] = [fakeTerm(), fakeTerm()];
  ended.signalEnd(); // still valid: it drains
  expired.expire();
  marbles(({ expectObservable }) => {
    expectObservable(of(leading(ended), leading(expired)).pipe(terms())).toBe('|');
  });
  expect(ended.resignations).toEqual([]);
});
