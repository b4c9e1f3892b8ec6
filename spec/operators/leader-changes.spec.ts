import { Observable, Subject, take } from 'rxjs';
import { expect, it } from 'vitest';
import { leaderRecord, type KeyState } from '../../lib/contract.js';
import { leaderChanges, type LeaderChange } from '../../operators/leader-changes.js';
import { marbles } from './marbles.js';

const [A, B, C] = [leaderRecord('ann', 1n), leaderRecord('bob', 2n), leaderRecord('bob', 3n)];
const fresh = (leader?: KeyState['leader']): KeyState => ({ leader, stale: false });
const views = {
  v: fresh(),
  A: fresh(A),
  a: { leader: leaderRecord('ann', 1n), stale: true },
  B: fresh(B),
  C: fresh(C),
};
const changes = {
  1: { previous: undefined, current: A },
  2: { previous: A, current: undefined },
  3: { previous: undefined, current: B },
  4: { previous: B, current: C },
};
const untilNamed = ({ previous, current }: LeaderChange) => [previous?.id, current?.id];

// prettier-ignore
it('pairs each term with the one before, vacancy included', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const view$ = hot('--v--A--v--B--C--|', views);
    const subs =       '^----------------!';
    const expected =   '-----1--2--3--4--|';
    expectObservable(view$.pipe(leaderChanges())).toBe(expected, changes);
    expectSubscriptions(view$.subscriptions).toBe(subs);
  });
});

// prettier-ignore
it('has no pair for a view that turns stale or fresh', () => {
  marbles(({ hot, expectObservable }) => {
    const view$ = hot('--A--a--A--v--v--|', views);
    const expected =   '--1--------2-----|';
    expectObservable(view$.pipe(leaderChanges())).toBe(expected, changes);
  });
});

// prettier-ignore
it('errors with the view', () => {
  marbles(({ hot, expectObservable }) => {
    expectObservable(hot('--A--#', views).pipe(leaderChanges())).toBe('--1--#', changes);
  });
});

// prettier-ignore
it('unsubscribes from the view when it is unsubscribed', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const view$ = hot('--A----v----B-|', views);
    const unsub =      '---------!     ';
    expectObservable(view$.pipe(leaderChanges()), unsub).toBe('--1----2--', changes);
    expectSubscriptions(view$.subscriptions).toBe('^--------!');
  });
});

it('starts anew for each subscriber', () => {
  const view$ = new Subject<KeyState>();
  const change$ = view$.pipe(leaderChanges());
  const seen: unknown[] = [];
  change$.subscribe();
  view$.next(fresh(A));
  change$.subscribe((change) => seen.push(untilNamed(change)));
  view$.next(fresh(B));
  expect(seen).toEqual([[undefined, 'bob']]);
});

it('keeps the order when a subscriber brings about the next change', () => {
  const view$ = new Subject<KeyState>();
  const seen: unknown[] = [];
  view$.pipe(leaderChanges()).subscribe((change) => {
    seen.push(untilNamed(change));
    if (change.current === A) view$.next(fresh(B));
  });
  view$.next(fresh(A));
  expect(seen).toEqual([
    [undefined, 'ann'],
    ['ann', 'bob'],
  ]);
});

it('stops listening to a synchronous view when unsubscribed', () => {
  let emitted = 0;
  const view$ = new Observable<KeyState>((subscriber) => {
    for (const leader of [A, B, C]) {
      if (subscriber.closed) return;
      emitted += 1;
      subscriber.next(fresh(leader));
    }
  });
  view$.pipe(leaderChanges(), take(1)).subscribe();
  expect(emitted).toBe(1);
});
