import { map, NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Leadership, Term } from '../../lib/index.js';
import { allLeading } from '../../operators/all-leading.js';
import { anyLeading } from '../../operators/any-leading.js';
import { termsOf } from '../../operators/combined-term.js';
import { terms } from '../../operators/terms.js';
import { leading } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { brief, elections, goesOn } from './two-elections.js';

const told = {
  ...{ j: 'joining', w: 'waiting', r: 'resigning' },
  ...{ 1: 'leading 1+2', 2: 'leading 1+4', 3: 'leading 3+2', s: 'suspended 1+2' },
  ...{ A: 'leading 1', B: 'leading 2', C: 'leading 3', D: 'leading 4', t: 'suspended 1' },
};

describe('allLeading', () => {
  // prettier-ignore
  it('runs in the second election while it leads the first, and leads while it leads both', () => {
    const { states } = elections();
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const first$ = hot('-w--A------------w--C------|', states);
      const second$ = cold(   'j-w-B-r-D---', states);
      const expected =   '-w--j-w-1-r-2----w--j-w-3-r|';
      expectObservable(allLeading(first$, second$).pipe(brief)).toBe(expected, told);
      expectSubscriptions(second$.subscriptions).toBe(['----^------------!', '--------------------^------!']);
      expectSubscriptions(first$.subscriptions).toBe('^--------------------------!');
    });
  });

  // prettier-ignore
  it('is suspended when one of them is, and its term stays the same', () => {
    const { states } = elections();
    marbles(({ hot, expectObservable }) => {
      const first$ = hot('-A--s--A-----', states);
      const second$ = hot('--B-----t--B-', states);
      const expected =   '--1-s--1s--1-';
      expectObservable(allLeading(first$, second$).pipe(brief)).toBe(expected, told);
      expectObservable(allLeading(first$, second$).pipe(terms(), map(() => 'x'))).toBe('--x----------');
    });
  });

  // prettier-ignore
  it('errors with each, and completes with each that it needs', () => {
    const { states } = elections();
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const first$ = hot('-A--------', states);
      const ends$ = hot(' --B---|', states);
      const fails$ = hot('--B---#', states);
      expectObservable(allLeading(first$, ends$).pipe(brief)).toBe('--1---|', told);
      expectObservable(allLeading(first$, fails$).pipe(brief)).toBe('--1---#', told);
      expectObservable(allLeading(ends$, first$).pipe(brief)).toBe('------|', told);
      expectObservable(allLeading(fails$, NEVER).pipe(brief)).toBe('------#', told);
      expectSubscriptions(first$.subscriptions).toBe(['^-----!', '^-----!', '--^---!']);
    });
  });

  // prettier-ignore
  it('leaves both when it is unsubscribed', () => {
    const { states } = elections();
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const first$ = hot('-A--------', states);
      const second$ = hot('--B------', states);
      expectObservable(allLeading(first$, second$).pipe(brief), '----!').toBe('--1--', told);
      expectSubscriptions(first$.subscriptions).toBe('^---!');
      expectSubscriptions(second$.subscriptions).toBe('-^--!');
    });
  });

  it('goes from one term of the first to the next without telling of a mixture', () => {
    const { states } = elections();
    const both: string[] = [];
    const again$ = new Subject<Leadership>();
    let round = 0;
    const second$ = of(leading(2n)).pipe(map((state) => ((round += 1), state)));
    allLeading(again$, goesOn(second$))
      .pipe(brief)
      .subscribe((line) => both.push(line));
    again$.next(states.A);
    again$.next(states.C);
    expect([both, round]).toEqual([['leading 1+2', 'leading 3+2'], 2]);
  });

  it('combines any number, in order', () => {
    const { a, b, c } = elections();
    const seen: Term[] = [];
    allLeading(goesOn(of(leading(a))), goesOn(of(leading(b))), goesOn(of(leading(c))))
      .pipe(terms())
      .subscribe((term) => seen.push(term));
    const [term] = seen;
    expect(termsOf(term!)).toEqual([a, b, c]);
    expect(JSON.parse(JSON.stringify(term))).toMatchObject({
      key: 'a + b + a',
      token: '1',
      terms: [{ token: '1' }, { token: '2' }, { token: '3' }],
    });
    expect(termsOf(a)).toEqual([a]);
  });

  it('refuses to lead nothing', () => {
    expect(() => allLeading()).toThrow(/allLeading has no elections/);
  });
});

describe('anyLeading', () => {
  // prettier-ignore
  it('leads while it leads any, by the term that it leads for longest', () => {
    const { states } = elections();
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const first$ = hot('-w--A--s-----w--C---w-|', states);
      const second$ = hot('--j---B---------------w--|', states);
      const expected =   '-wj-A--t-----B--------w--|';
      expectObservable(anyLeading(first$, second$).pipe(brief)).toBe(expected, told);
      expectSubscriptions(first$.subscriptions).toBe('^---------------------!');
      expectSubscriptions(second$.subscriptions).toBe('^------------------------!');
    });
  });

  // prettier-ignore
  it('is led by nobody who has completed', () => {
    const { states } = elections();
    marbles(({ hot, expectObservable }) => {
      const first$ = hot('-A----|', states);
      const second$ = hot('---B----|', states);
      expectObservable(anyLeading(first$, second$).pipe(brief)).toBe('-A----B-(r|)', told);
      expectObservable(anyLeading(hot('-w-|', states)).pipe(brief)).toBe('-w-|', told);
    });
  });

  // prettier-ignore
  it('errors with each, and leaves all when it is unsubscribed', () => {
    const { states } = elections();
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const first$ = hot('-A------', states);
      expectObservable(anyLeading(first$, hot('---#')).pipe(brief)).toBe('-A-#', told);
      expectObservable(anyLeading(first$, hot('---B')).pipe(brief), '--!').toBe('-A-', told);
      expectSubscriptions(first$.subscriptions).toBe(['^--!', '^-!']);
    });
  });

  it('gives another term of the same election no advantage', () => {
    const { states } = elections();
    const [first$, second$] = [new Subject<Leadership>(), new Subject<Leadership>()];
    const seen: string[] = [];
    anyLeading(first$, second$)
      .pipe(brief)
      .subscribe((line) => seen.push(line));
    first$.next(states.A);
    second$.next(states.B);
    first$.next(states.C);
    expect(seen).toEqual(['leading 1', 'leading 2']);
  });

  it('of nothing is over at once, and passes errors at once', () => {
    const failure = new Error('campaign');
    marbles(({ expectObservable }) => {
      expectObservable(anyLeading()).toBe('|');
      expectObservable(anyLeading(throwError(() => failure))).toBe('#', {}, failure);
    });
  });
});
