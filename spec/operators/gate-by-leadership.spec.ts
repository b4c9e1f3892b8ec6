import { BehaviorSubject, NEVER, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Leadership } from '../../lib/leadership.js';
import { gateByLeadership } from '../../operators/gate-by-leadership.js';
import { fakeTerm, leading, waiting } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

const buffer = { whenNotLeading: 'buffer' } as const;
const term = fakeTerm();

// prettier-ignore
it('drops what comes while it does not lead', () => {
  const { states } = twoTerms();
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('-jw----A---s---i----B-----', states);
    const event$ = hot('     ---1-2---3---4---5----6-|');
    const expected =        '---------3---4--------6-|';
    expectObservable(event$.pipe(gateByLeadership(leadership$))).toBe(expected);
    expectSubscriptions(leadership$.subscriptions).toBe('^-----------------------!');
    expectSubscriptions(event$.subscriptions).toBe('^-----------------------!');
  });
});

// prettier-ignore
it('keeps it for the next term with buffer, in order', () => {
  const { states } = twoTerms();
  marbles(({ hot, expectObservable }) => {
    const leadership$ = hot('-jw----A-----i-----B-----', states);
    const event$ = hot('     ---1-2-----3---4-5-----6-|');
    const expected =        '-------(12)3-------(45)6-|';
    expectObservable(event$.pipe(gateByLeadership(leadership$, buffer))).toBe(expected);
  });
});

// prettier-ignore
it('completes after the source, once nothing waits any more', () => {
  const { states } = twoTerms();
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('-w-----A--------', states);
    const event$ = hot('     ---1--|');
    expectObservable(event$.pipe(gateByLeadership(leadership$))).toBe('------|');
    expectObservable(event$.pipe(gateByLeadership(leadership$, buffer))).toBe('-------(1|)');
    expectSubscriptions(leadership$.subscriptions).toBe(['^-----!', '^------!']);
  });
});

// prettier-ignore
it('ends with the campaign, and lets go of the source then', () => {
  const { states } = twoTerms();
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const ends$ = hot(' -A--w--|', states);
    const fails$ = hot('-A--w--#', states);
    const event$ = hot('--1--2-----3');
    expectObservable(event$.pipe(gateByLeadership(ends$, buffer))).toBe('--1----|');
    expectObservable(event$.pipe(gateByLeadership(fails$, buffer))).toBe('--1----#');
    expectSubscriptions(event$.subscriptions).toBe(['^------!', '^------!']);
  });
});

// prettier-ignore
it('unsubscribes from both when it is unsubscribed', () => {
  const { states } = twoTerms();
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('-w---A-------', states);
    const event$ = hot('     --1---2---3--');
    const unsub =           '--------!';
    expectObservable(event$.pipe(gateByLeadership(leadership$, buffer)), unsub).toBe('-----12--');
    expectSubscriptions(leadership$.subscriptions).toBe('^-------!');
    expectSubscriptions(event$.subscriptions).toBe('^-------!');
  });
});

it('asks the clock: a term whose end nobody could tell lets nothing pass', () => {
  const over = fakeTerm();
  const event$ = new Subject<number>();
  const seen: number[] = [];
  event$.pipe(gateByLeadership(new BehaviorSubject(leading(over)))).subscribe((n) => seen.push(n));
  event$.next(1);
  over.expire();
  event$.next(2);
  expect(seen).toEqual([1]);
});

describe('the buffer is bounded', () => {
  // prettier-ignore
  it.each([
    ['error',       '---#'],
    ['drop-oldest', '-----(23)-|'],
    ['drop-newest', '-----(12)-|'],
  ] as const)('%s', (onOverflow, expected) => {
    const { states } = twoTerms();
    marbles(({ hot, expectObservable }) => {
      const leadership$ = hot('w----A----', states);
      const event$ = hot('     -123------|');
      const error: unknown = expect.objectContaining({ code: 'overflow' });
      const gated$ = event$.pipe(gateByLeadership(leadership$, { ...buffer, limit: 2, onOverflow }));
      expectObservable(gated$).toBe(expected, undefined, error);
    });
  });

  it('to 1 000, and errors beyond, unless told otherwise', () => {
    const event$ = new Subject<number>();
    const errors: unknown[] = [];
    event$
      .pipe(gateByLeadership(NEVER, buffer))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    for (let n = 0; n < 1_000; n += 1) event$.next(n);
    expect(errors).toEqual([]);
    event$.next(1_000);
    expect(errors).toEqual([expect.objectContaining({ code: 'overflow' })]);
  });
});

it('bad options are refused at the call', () => {
  const call = (options: object) => () => gateByLeadership(NEVER, options);
  expect(call({ whenNotLeading: 'wait' })).toThrow(
    /whenNotLeading is wait, not "drop" or "buffer"/,
  );
  expect(call({ limit: -1 })).toThrow(/limit is -1/);
  expect(call({ onOverflow: 'block' })).toThrow(/onOverflow is block/);
});

it('keeps the order when what has waited leads to more', () => {
  const leadership$ = new Subject<Leadership>();
  const event$ = new Subject<number>();
  const seen: number[] = [];
  event$.pipe(gateByLeadership(leadership$, buffer)).subscribe((n) => {
    seen.push(n);
    if (n === 1) event$.next(3);
  });
  for (const n of [1, 2]) event$.next(n);
  leadership$.next(leading(term));
  event$.next(4);
  expect(seen).toEqual([1, 2, 3, 4]);
});

it('stops when what has waited leads to the end of the term, and keeps the rest', () => {
  const leadership$ = new Subject<Leadership>();
  const event$ = new Subject<number>();
  const seen: number[] = [];
  event$.pipe(gateByLeadership(leadership$, buffer)).subscribe((n) => {
    seen.push(n);
    if (n === 2) leadership$.next(waiting());
  });
  for (const n of [1, 2, 3]) event$.next(n);
  leadership$.next(leading(term));
  expect(seen).toEqual([1, 2]);
  leadership$.next(leading(fakeTerm({ token: 2n })));
  expect(seen).toEqual([1, 2, 3]);
});
