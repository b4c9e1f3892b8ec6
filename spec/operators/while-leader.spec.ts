import { delay, EMPTY, NEVER, Observable, of, Subject, take } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { Leadership } from '../../lib/leadership.js';
import type { Term } from '../../lib/term.js';
import { whileLeader } from '../../operators/while-leader.js';
import { fakeTerm, interrupted, joining, leading, waiting } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

// prettier-ignore
it('works once per term, through suspensions, and stops at the end of each', () => {
  const { states } = twoTerms();
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot(' -jw--A--s--A--i--B--w-|', states);
    const work$ = cold('           -x---x---x');
    const workSubs = [       '-----^--------!       ',
                             '-----------------^--! '];
    const expected =         '------x---x-------x---|';
    expectObservable(leadership$.pipe(whileLeader(() => work$))).toBe(expected);
    expectSubscriptions(work$.subscriptions).toBe(workSubs);
    expectSubscriptions(leadership$.subscriptions).toBe('^---------------------!');
  });
});

// prettier-ignore
it('changes from one term to the next without a state between them', () => {
  const { states } = twoTerms();
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--A---B---|', states);
    const a$ = cold(          '-a--a--a');
    const b$ = cold(              '-b--b');
    const works$ = (term: Term) => (term.token === 1n ? a$ : b$);
    expectObservable(leadership$.pipe(whileLeader(works$))).toBe('---a---b--|');
    expectSubscriptions(a$.subscriptions).toBe('--^---!');
    expectSubscriptions(b$.subscriptions).toBe('------^---!');
  });
});

// prettier-ignore
it('completes with the campaign, and stops the work then', () => {
  const { states } = twoTerms();
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--A----|', states);
    const work$ = cold(       '-x-----x');
    expectObservable(leadership$.pipe(whileLeader(() => work$))).toBe('---x---|');
    expectSubscriptions(work$.subscriptions).toBe('--^----!');
  });
});

// prettier-ignore
it('errors with the campaign, and stops the work then', () => {
  const { states } = twoTerms();
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--A----#', states);
    const work$ = cold(       '-x-----x');
    expectObservable(leadership$.pipe(whileLeader(() => work$))).toBe('---x---#');
    expectSubscriptions(work$.subscriptions).toBe('--^----!');
  });
});

// prettier-ignore
it('stops the work when it is unsubscribed', () => {
  const { states } = twoTerms();
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--A----w--|', states);
    const work$ = cold(       '-x-----x');
    const unsub =            '----!      ';
    expectObservable(leadership$.pipe(whileLeader(() => work$)), unsub).toBe('---x-');
    expectSubscriptions(work$.subscriptions).toBe('--^-!');
    expectSubscriptions(leadership$.subscriptions).toBe('^---!');
  });
});

// prettier-ignore
it('stops the work at the signal, however late the state arrives', () => {
  const { states, term } = twoTerms();
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--A----i---|', states).pipe(delay(2));
    const signal$ = hot(    '-------x    ');
    const work$ = cold(         '-x-x-x-x-x');
    signal$.subscribe(() => {
      term.signalEnd();
    });
    expectObservable(leadership$.pipe(whileLeader(() => work$))).toBe('-----x-----|');
    expectSubscriptions(work$.subscriptions).toBe('----^--!');
  });
});

it('passes by a term that is over', () => {
  const [ended, expired] = [fakeTerm(), fakeTerm()];
  ended.signalEnd(); // still valid: it drains
  expired.expire();
  const project = vi.fn(() => NEVER);
  of(leading(ended), leading(expired)).pipe(whileLeader(project)).subscribe();
  expect(project).not.toHaveBeenCalled();
});

// prettier-ignore
// prettier-ignore
// prettier-ignore
it('stops its work when a value of it leads to the end of the term', () => {
  const { term } = twoTerms();
  const leadership$ = new Subject<Leadership>();
  const seen: number[] = [];
  leadership$.pipe(whileLeader(() => of(1, 2, 3))).subscribe((value) => {
    seen.push(value);
    if (value === 2) leadership$.next(interrupted());
  });
  leadership$.next(leading(term));
  expect(seen).toEqual([1, 2]);
});

it('can be unsubscribed by its own value', () => {
  const { term } = twoTerms();
  const leadership$ = new Subject<Leadership>();
  const seen: number[] = [];
  const subscription = leadership$.pipe(whileLeader(() => of(1, 2))).subscribe((value) => {
    seen.push(value);
    subscription.unsubscribe();
  });
  leadership$.next(leading(term));
  expect(seen).toEqual([1]);
  expect(leadership$.observed).toBe(false);
});

it('stops listening to a synchronous campaign when unsubscribed', () => {
  const { term, second } = twoTerms();
  const project = vi.fn(() => of('work'));
  const careless$ = new Observable<Leadership>((subscriber) => {
    subscriber.next(leading(term));
    subscriber.next(interrupted());
    subscriber.next(leading(second));
  });
  careless$.pipe(whileLeader(project), take(1)).subscribe();
  expect(project).toHaveBeenCalledTimes(1);
});

it('has nothing to do for a candidate that never leads', () => {
  marbles(({ expectObservable }) => {
    const project = () => NEVER;
    expectObservable(of(joining(), waiting()).pipe(whileLeader(project))).toBe('|');
    expectObservable(EMPTY.pipe(whileLeader(project))).toBe('|');
  });
});
