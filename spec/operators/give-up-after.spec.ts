import { expect, it } from 'vitest';
import { campaign } from '../../lib/campaign.js';
import { giveUpAfter } from '../../operators/give-up-after.js';
import { virtualElections } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

const { states } = twoTerms();
const notElected: unknown = expect.objectContaining({ code: 'not-elected' });

// prettier-ignore
it('errors when it is not elected in time, and leaves the race', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('-jw--i--w----A', states);
    const expected =        '-jw--i--w-#   ';
    expectObservable(leadership$.pipe(giveUpAfter(10))).toBe(expected, states, notElected);
    expectSubscriptions(leadership$.subscriptions).toBe('^---------!');
  });
});

// prettier-ignore
it('or completes, if told so', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('-jw----------A', states);
    const expected =        '-jw-------|   ';
    expectObservable(leadership$.pipe(giveUpAfter(10, { by: 'complete' }))).toBe(expected, states);
    expectSubscriptions(leadership$.subscriptions).toBe('^---------!');
  });
});

// prettier-ignore
it('waits without end while it leads, and counts anew from the end of a term', () => {
  marbles(({ hot, expectObservable }) => {
    const leadership$ = hot('-w--A---s-----------A--i--w---B----w--------', states);
    const expected =        '-w--A---s-----------A--i--w---B----w-------#', error = notElected;
    expectObservable(leadership$.pipe(giveUpAfter(8))).toBe(expected, states, error);
  });
});

// prettier-ignore
it('completes and errors with the campaign before that', () => {
  marbles(({ hot, expectObservable }) => {
    expectObservable(hot('--w--|', states).pipe(giveUpAfter(10))).toBe('--w--|', states);
    expectObservable(hot('--w--#', states).pipe(giveUpAfter(10))).toBe('--w--#', states);
    expectObservable(hot('--w-----', states).pipe(giveUpAfter(10)), '---!').toBe('--w-', states);
  });
});

it('gives the place in the queue back', () => {
  const left: string[] = [];
  virtualElections(({ openStore, at }) => {
    const store = openStore();
    campaign(openStore(), { key: 'k', id: 'ann' }).subscribe();
    store.contenders('k').subscribe((queue) => left.push(queue.map(({ id }) => id).join()));
    campaign(store, { key: 'k', id: 'bob' })
      .pipe(giveUpAfter(5_000, { by: 'complete' }))
      .subscribe();
    at(4_999, () => expect(left.at(-1)).toBe('ann,bob'));
    at(5_100, () => expect(left.at(-1)).toBe('ann'));
  });
});

it('refuses what makes no sense', () => {
  expect(() => giveUpAfter(-1)).toThrow(/time is -1/);
  expect(() => giveUpAfter(1, { by: 'silence' as 'error' })).toThrow(/by is silence/);
});
