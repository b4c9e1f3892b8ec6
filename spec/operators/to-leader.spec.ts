import { concat, NEVER, Observable, of, retry, Subject, throwError, timer } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { LeaderView } from '../../lib/follow.js';
import { toLeader } from '../../operators/to-leader.js';
import { led, stale, vacant } from '../../testing/index.js';
import { marbles } from './marbles.js';

const views = {
  v: vacant(),
  A: led('ann', 1n, 'http://ann'),
  a: stale(led('ann', 1n, 'http://ann')),
  B: led('bob', 2n),
  C: led('bob', 3n),
};
const values = { u: undefined, x: 'x', y: 'y' };

// prettier-ignore
it('connects once per term, and closes before it connects to the next', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const view$ = hot(' -v--A---a--A--B-----v--|', views);
    const a$ = cold(       '--x-------');
    const b$ = cold(                 '--y---');
    const expected =  '-u----x-------u-y---u--|';
    const connect = ({ id }: { id: string }) => (id === 'ann' ? a$ : b$);
    expectObservable(view$.pipe(toLeader(connect))).toBe(expected, values);
    expectSubscriptions(a$.subscriptions).toBe('----^---------!');
    expectSubscriptions(b$.subscriptions).toBe('--------------^-----!');
    expectSubscriptions(view$.subscriptions).toBe('^----------------------!');
  });
});

// prettier-ignore
it('closes the connection with the view, at its end and at its error', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const work$ = cold(  'x----');
    const ends$ = hot('  --A-----|', views);
    const fails$ = hot(' --A-----#', views);
    expectObservable(ends$.pipe(toLeader(() => work$))).toBe('--(ux)--(u|)', values);
    expectObservable(fails$.pipe(toLeader(() => work$))).toBe('--(ux)--#', values);
    expectSubscriptions(work$.subscriptions).toBe(['--^-----!', '--^-----!']);
  });
});

// prettier-ignore
it('closes the connection when it is unsubscribed', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const view$ = hot('--A------v--|', views);
    const work$ = cold(  '-x---');
    const unsub =     '-----!';
    expectObservable(view$.pipe(toLeader(() => work$)), unsub).toBe('--ux--', values);
    expectSubscriptions(work$.subscriptions).toBe('--^--!');
    expectSubscriptions(view$.subscriptions).toBe('^----!');
  });
});

// prettier-ignore
it('is a connection anew when the same candidate is elected again', () => {
  marbles(({ hot, expectObservable }) => {
    const view$ = hot('--B-----C---|', views);
    expectObservable(view$.pipe(toLeader(() => of('x')))).toBe('--(ux)--(ux)(u|)', values);
  });
});

it('keeps a connection that ends by itself, until the leader changes', () => {
  marbles(({ hot, expectObservable }) => {
    const view$ = hot('--B---v--', views);
    expectObservable(view$.pipe(toLeader(() => of('x')))).toBe('--(ux)u--', values);
  });
});

it('gives connect the id and the data of the leader', () => {
  const connect = vi.fn(() => NEVER);
  of(views.A, views.B).pipe(toLeader(connect)).subscribe();
  expect(connect.mock.calls).toEqual([[views.A.leader], [views.B.leader]]);
});

it('errors with connect, whose own retry is the way to go on', () => {
  const failure = new Error('refused');
  marbles(({ hot, expectObservable }) => {
    const view$ = hot('--A----', views);
    const broken = () => throwError(() => failure);
    const throwing = () => {
      throw failure;
    };
    expectObservable(view$.pipe(toLeader(broken))).toBe('--(u#)', values, failure);
    expectObservable(view$.pipe(toLeader(throwing))).toBe('--(u#)', values, failure);
    let attempts = 0;
    const second$ = new Observable<string>((subscriber) => {
      if ((attempts += 1) === 1) subscriber.error(failure);
      else subscriber.next('x');
    });
    const patient = () => second$.pipe(retry({ delay: () => timer(2) }));
    expectObservable(view$.pipe(toLeader(patient))).toBe('--u-x--', values);
  });
});

it('closes a connection whose value leads to another leader', () => {
  const view$ = new Subject<LeaderView>();
  const seen: (string | undefined)[] = [];
  view$.pipe(toLeader(({ id }) => concat(of(`${id} 1`, `${id} 2`), NEVER))).subscribe((value) => {
    seen.push(value);
    if (value === 'ann 1') view$.next(views.B);
  });
  view$.next(views.A);
  expect(seen).toEqual([undefined, 'ann 1', undefined, 'bob 1', 'bob 2']);
});
