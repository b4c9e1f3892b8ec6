import { EMPTY, merge, NEVER, Observable, of, Subject, Subscription, take, throwError } from 'rxjs';
import { expect, it } from 'vitest';
import type { Leadership } from '../../lib/leadership.js';
import { whileFollower } from '../../operators/while-follower.js';
import { whileLeader } from '../../operators/while-leader.js';
import { fakeTerm, interrupted, leading, waiting } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

const { term: a, states } = twoTerms();

// prettier-ignore
it('keeps one subscription through all that is not elected, and none while leading', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--j--w--A--s--i--w--B--|', states);
    const work$ = cold(       '-x---x---x---x---x');
    const workSubs = [       '--^-----!               ',
                             '--------------^-----!   '];
    const expected =         '---x---x-------x---x---|';
    expectObservable(leadership$.pipe(whileFollower(() => work$))).toBe(expected);
    expectSubscriptions(work$.subscriptions).toBe(workSubs);
    expectSubscriptions(leadership$.subscriptions).toBe('^----------------------!');
  });
});

// prettier-ignore
it('completes with the campaign, and stops the work then', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--j------|', states);
    const work$ = cold(       '-x---x---x');
    expectObservable(leadership$.pipe(whileFollower(() => work$))).toBe('---x---x-|');
    expectSubscriptions(work$.subscriptions).toBe('--^------!');
  });
});

// prettier-ignore
it('errors with the campaign, and stops the work then', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--j------#', states);
    const work$ = cold(       '-x---x---x');
    expectObservable(leadership$.pipe(whileFollower(() => work$))).toBe('---x---x-#');
    expectSubscriptions(work$.subscriptions).toBe('--^------!');
  });
});

// prettier-ignore
it('errors with the work, and leaves the campaign then', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--j--w---A--|', states);
    const work$ = cold(       '-x--#');
    expectObservable(leadership$.pipe(whileFollower(() => work$))).toBe('---x--#');
    expectSubscriptions(leadership$.subscriptions).toBe('^-----!');
    const failure = new Error('work');
    const broken = () => throwError(() => failure);
    expectObservable(of(waiting()).pipe(whileFollower(broken))).toBe('#', {}, failure);
  });
});

// prettier-ignore
it('does completed work again only after the next term', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--j--w----A--i----|', states);
    const work$ = cold(       '-x|');
    expectObservable(leadership$.pipe(whileFollower(() => work$))).toBe('---x----------x---|');
    expectSubscriptions(work$.subscriptions).toBe(['--^-!', '-------------^-!']);
  });
});

// prettier-ignore
it('stops the work when it is unsubscribed', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--j--w----A--|', states);
    const work$ = cold(       '-x---x---x');
    const unsub =            '-----!       ';
    expectObservable(leadership$.pipe(whileFollower(() => work$)), unsub).toBe('---x--');
    expectSubscriptions(work$.subscriptions).toBe('--^--!');
    expectSubscriptions(leadership$.subscriptions).toBe('^----!');
  });
});

it('errors with what project throws', () => {
  marbles(({ expectObservable }) => {
    const failure = new Error('cannot begin');
    const broken = () => {
      throw failure;
    };
    expectObservable(of(waiting()).pipe(whileFollower(broken))).toBe('#', {}, failure);
  });
});

it('never does its work beside that of the leader, when merged before it', () => {
  const [first, second] = [fakeTerm({ token: 1n }), fakeTerm({ token: 2n })];
  const leadership$ = new Subject<Leadership>();
  const events: string[] = [];
  const work = (name: string) =>
    new Observable<never>(() => {
      events.push(`${name} starts`);
      return () => events.push(`${name} stops`);
    });
  const follower$ = leadership$.pipe(whileFollower(() => work('follower')));
  const leader$ = leadership$.pipe(whileLeader(() => work('leader')));
  merge(follower$, leader$).subscribe();
  leadership$.next(waiting());
  leadership$.next(leading(first));
  first.end(); // as a campaign does: the signal, then the state
  leadership$.next(interrupted());
  leadership$.next(leading(second));
  expect(events).toEqual([
    'follower starts',
    'follower stops',
    'leader starts',
    'leader stops',
    'follower starts',
    'follower stops',
    'leader starts',
  ]);
});

it('lets its work stop when a value of it leads to a term', () => {
  const leadership$ = new Subject<Leadership>();
  const seen: number[] = [];
  leadership$.pipe(whileFollower(() => of(1, 2, 3))).subscribe((value) => {
    seen.push(value);
    if (value === 2) leadership$.next(leading(a));
  });
  leadership$.next(waiting());
  expect(seen).toEqual([1, 2]);
});

it('can be unsubscribed by its own value', () => {
  const leadership$ = new Subject<Leadership>();
  const subscription = new Subscription();
  const seen: number[] = [];
  subscription.add(
    leadership$.pipe(whileFollower(() => merge(of(1, 2), NEVER))).subscribe((value) => {
      seen.push(value);
      subscription.unsubscribe();
    }),
  );
  leadership$.next(waiting());
  expect(seen).toEqual([1]);
  expect(leadership$.observed).toBe(false);
});

it('stops listening to a synchronous campaign when unsubscribed', () => {
  let emitted = 0;
  const leadership$ = new Observable<Leadership>((subscriber) => {
    for (const state of [waiting(), leading(a), waiting()]) {
      if (subscriber.closed) return;
      emitted += 1;
      subscriber.next(state);
    }
  });
  leadership$
    .pipe(
      whileFollower(() => of('work')),
      take(1),
    )
    .subscribe();
  expect(emitted).toBe(1);
});

it('has nothing to do for a candidate that only leads', () => {
  marbles(({ expectObservable }) => {
    expectObservable(of(leading(a)).pipe(whileFollower(() => of('work')))).toBe('|');
    expectObservable(EMPTY.pipe(whileFollower(() => of('work')))).toBe('|');
  });
});
