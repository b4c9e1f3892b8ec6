import { NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { LeaderView } from '../../lib/follow.js';
import type { Leadership } from '../../lib/leadership.js';
import { tapLeadership, type LeadershipObserver } from '../../operators/tap-leadership.js';
import {
  coolingDown,
  interrupted,
  leading,
  led,
  resigning,
  stale,
  suspended,
  vacant,
  waiting,
} from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

const { term: a, second: b, states } = twoTerms();

/** An observer that writes down what it is told. */
function diary() {
  const lines: string[] = [];
  const observer: LeadershipObserver = {
    elected: ({ token }) => lines.push(`elected ${String(token)}`),
    revoked: ({ token }, ended) => lines.push(`revoked ${String(token)} ${ended?.reason ?? '-'}`),
    waiting: (ahead) => lines.push(`waiting ${String(ahead)}`),
    interrupted: (error, retryIn) => lines.push(`${String(error)} ${String(retryIn)}`),
    leaderChanged: ({ previous, current }) =>
      lines.push(`${previous?.id ?? '-'} -> ${current?.id ?? '-'}`),
  };
  return { lines, observer };
}

// prettier-ignore
it('passes everything on', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('-jw--A--s--A--i--B--|', states);
    const expected =        '-jw--A--s--A--i--B--|';
    expectObservable(leadership$.pipe(tapLeadership(diary().observer))).toBe(expected, states);
    expectSubscriptions(leadership$.subscriptions).toBe('^-------------------!');
  });
});

it('calls at transitions of a candidate only', () => {
  const { lines, observer } = diary();
  of(
    waiting(2),
    waiting(1),
    leading(a),
    suspended(a),
    leading(a),
    resigning(a, 'resigned'),
    coolingDown(a),
    leading(b),
    interrupted('lost', 50),
  )
    .pipe(tapLeadership(observer))
    .subscribe();
  expect(lines).toEqual([
    'waiting 2',
    'waiting 1',
    'elected 1',
    'revoked 1 resigned',
    'elected 2',
    'revoked 2 -',
    'lost 50',
  ]);
});

it('revokes a term when the next one begins without a state between them', () => {
  const { lines, observer } = diary();
  of(leading(a), leading(b)).pipe(tapLeadership(observer)).subscribe();
  expect(lines).toEqual(['elected 1', 'revoked 1 -', 'elected 2', 'revoked 2 -']);
});

it('calls at each change of leader', () => {
  const { lines, observer } = diary();
  const view$: Observable<LeaderView> = of(
    vacant(),
    led('ann', 1n),
    stale(led('ann', 1n)),
    led('ann', 2n),
    led('bob', 3n),
    vacant(),
  );
  view$.pipe(tapLeadership(observer)).subscribe();
  expect(lines).toEqual(['- -> ann', 'ann -> ann', 'ann -> bob', 'bob -> -']);
});

it.each([
  ['completes', (states$: Observable<Leadership>) => states$],
  ['errors', () => new Observable<Leadership>((subscriber) => {
    subscriber.next(leading(a));
    subscriber.error(new Error('campaign'));
  })], // prettier-ignore
] as const)('revokes a term when the stream %s', (_how, source) => {
  const { lines, observer } = diary();
  source(of(leading(a)))
    .pipe(tapLeadership(observer))
    .subscribe({ error: () => lines.push('error') });
  expect(lines.slice(0, 2)).toEqual(['elected 1', 'revoked 1 -']);
});

it('revokes a term when it is unsubscribed, once', () => {
  const { lines, observer } = diary();
  const leadership$ = new Subject<Leadership>();
  const running = leadership$.pipe(tapLeadership(observer)).subscribe();
  leadership$.next(leading(a));
  running.unsubscribe();
  running.unsubscribe();
  expect(lines).toEqual(['elected 1', 'revoked 1 -']);
  leadership$.pipe(tapLeadership(observer)).subscribe().unsubscribe();
  expect(lines).toHaveLength(2);
});

it('errors with what a call throws, and calls before it passes on', () => {
  const failure = new Error('log is full');
  const next = vi.fn();
  const errors: unknown[] = [];
  const elected = () => {
    throw failure;
  };
  of(leading(a))
    .pipe(tapLeadership({ elected }))
    .subscribe({ next, error: (error: unknown) => errors.push(error) });
  expect([next.mock.calls, errors]).toEqual([[], [failure]]);
});

it('needs no call at all', () => {
  expect(() => of(leading(a), waiting()).pipe(tapLeadership({})).subscribe()).not.toThrow();
  throwError(() => new Error('source'))
    .pipe(tapLeadership({}))
    .subscribe({ error: () => undefined });
  NEVER.pipe(tapLeadership({})).subscribe().unsubscribe();
});
