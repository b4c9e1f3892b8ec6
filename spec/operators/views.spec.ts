import { concat, NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { LeaderView } from '../../lib/follow.js';
import { onlyLeader } from '../../operators/only-leader.js';
import { whileVacant } from '../../operators/while-vacant.js';
import { led, stale, vacant } from '../../testing/index.js';
import { marbles } from './marbles.js';

const views = {
  v: vacant(),
  u: stale(vacant()),
  A: led('ann', 1n),
  a: stale(led('ann', 1n)),
  B: led('bob', 2n),
  b: stale(led('bob', 2n)),
};
const leaders = { A: views.A.leader, B: views.B.leader };

describe('onlyLeader', () => {
  // prettier-ignore
  it('emits each leader once per term, and neither vacancies nor what may be old', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const view$ = hot('-a-v--A--a--A--b--v--B-|', views);
      const expected =  '------A--------------B-|';
      expectObservable(view$.pipe(onlyLeader())).toBe(expected, leaders);
      expectSubscriptions(view$.subscriptions).toBe('^----------------------!');
    });
  });

  // prettier-ignore
  it('emits a leader again after a vacancy with the same token only if it is another term', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-A-B-#', views).pipe(onlyLeader())).toBe('-A-B-#', leaders);
      expectObservable(hot('-A-B--', views).pipe(onlyLeader()), '--!').toBe('-A-', leaders);
    });
  });
});

describe('whileVacant', () => {
  // prettier-ignore
  it('works once a vacancy has lasted, until somebody leads', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const view$ = hot('-v--A---v-----u---B-v--|', views);
      const alarm$ = cold(           'x--x--x');
      const expected =  '-------------x--x------|';
      expectObservable(view$.pipe(whileVacant(() => alarm$, 5))).toBe(expected);
      expectSubscriptions(alarm$.subscriptions).toBe('-------------^----!');
      expectSubscriptions(view$.subscriptions).toBe('^----------------------!');
    });
  });

  // prettier-ignore
  it('ends with the view, also by its error, and when it is unsubscribed', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const alarm$ = cold('x-----');
      const alarm = whileVacant(() => alarm$, 2);
      expectObservable(hot('-v----|', views).pipe(alarm)).toBe('---x--|');
      expectObservable(hot('-v----#', views).pipe(alarm)).toBe('---x--#');
      expectObservable(hot('-v-----', views).pipe(alarm), '------!').toBe('---x---');
      expectSubscriptions(alarm$.subscriptions).toBe(Array(3).fill('---^--!'));
    });
  });

  it('errors with the work', () => {
    const failure = new Error('pager');
    marbles(({ hot, expectObservable }) => {
      const broken = () => throwError(() => failure);
      const throwing = () => {
        throw failure;
      };
      expectObservable(hot('-v---', views).pipe(whileVacant(broken, 2))).toBe('---#', {}, failure);
      expectObservable(hot('-v---', views).pipe(whileVacant(throwing, 2))).toBe(
        '---#',
        {},
        failure,
      );
    });
  });

  it('stops when a value of its work leads to a leader', () => {
    const view$ = new Subject<LeaderView>();
    const seen: unknown[] = [];
    marbles(() => {
      const alarm$ = concat(of(1, 2, 3), NEVER);
      view$.pipe(whileVacant(() => alarm$, 1)).subscribe((value) => {
        seen.push(value);
        if (value === 2) view$.next(views.A);
      });
      view$.next(views.v);
    });
    expect(seen).toEqual([1, 2]);
  });

  it('refuses what is no duration', () => {
    expect(() => whileVacant(() => NEVER, NaN)).toThrow(/after is NaN/);
  });
});
