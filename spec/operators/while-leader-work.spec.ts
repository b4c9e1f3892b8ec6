import {
  exhaustMap,
  fromEvent,
  ignoreElements,
  map,
  merge,
  NEVER,
  Observable,
  of,
  Subject,
  tap,
} from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { Leadership } from '../../lib/leadership.js';
import type { Term } from '../../lib/term.js';
import { whileLeader } from '../../operators/while-leader.js';
import { fakeTerm, interrupted, leading } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

it('goes on leading after completed work, unless told to resign', () => {
  const [staying, resigning] = [twoTerms(), twoTerms()];
  marbles(({ hot, cold, expectObservable }) => {
    const work$ = cold('        -x|');
    const stay$ = hot('      --A-s--w--B--|', staying.states);
    const resign$ = hot('    --A-s--w--B--|', resigning.states);
    const expected = '---x-------x-|';
    expectObservable(stay$.pipe(whileLeader(() => work$))).toBe(expected);
    const options = { onComplete: 'resign' } as const;
    expectObservable(resign$.pipe(whileLeader(() => work$, options))).toBe(expected);
  });
  expect(staying.term.resignations).toEqual([]);
  expect(resigning.term.resignations).toEqual([undefined]);
});

it('does not resign a term whose work was stopped by the signal', () => {
  const { term } = twoTerms();
  const leadership$ = new Subject<Leadership>();
  leadership$.pipe(whileLeader(() => NEVER, { onComplete: 'resign' })).subscribe();
  leadership$.next(leading(term));
  term.signalEnd();
  leadership$.next(interrupted());
  expect(term.resignations).toEqual([]);
});

it('errors with the work, and leaves the campaign then', () => {
  const { states, term } = twoTerms();
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--A-----w--|', states);
    const work$ = cold('-x-#');
    expectObservable(leadership$.pipe(whileLeader(() => work$))).toBe('---x-#');
    expectSubscriptions(leadership$.subscriptions).toBe('^----!');
  });
  expect(term.resignations).toEqual([]);
});

// Found by `spec/model`: after a pause the work's timers may run before those of the campaign.
it.each(['throw', 'resign'] as const)(
  'goes on when the term was over before anybody could be told, and refused work (%s)',
  (onError) => {
    const { states, term, second } = twoTerms();
    marbles(({ hot, cold, expectObservable }) => {
      const leadership$ = hot('--A------i--B---|', states);
      const expire$ = hot('    -----(x|)').pipe(tap(() => term.expire()));
      const work = ({ waitUntil }: Term) =>
        cold('-x-x-x-x').pipe(exhaustMap((value) => waitUntil(of(value))));
      const expected = '       ---x---------x-x|';
      const result$ = leadership$.pipe(whileLeader(work, { onError }));
      expectObservable(merge(result$, expire$.pipe(ignoreElements()))).toBe(expected);
    });
    expect([term.resignations, second.resignations]).toEqual([[], []]);
  },
);

it('does not take the refusal of another term for the end of its own', () => {
  const other = fakeTerm();
  other.end();
  const { states } = twoTerms();
  const refused = expect.objectContaining({ code: 'term-over' });
  marbles(({ hot, expectObservable }) => {
    const leadership$ = hot('--A---|', states);
    const result$ = leadership$.pipe(whileLeader(() => other.waitUntil(of(1))));
    expectObservable(result$).toBe('--#', undefined, refused);
  });
});

it('ends the term with the error of the work, and goes on, when told to', () => {
  const { states, term, second } = twoTerms();
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const leadership$ = hot('--A-----i--B---|', states);
    const work$ = cold('-x-#         ');
    const workSubs = ['--^--!          ', '-----------^--! '];
    const expected = '---x--------x--|';
    const resigning = whileLeader(() => work$, { onError: 'resign' });
    expectObservable(leadership$.pipe(resigning)).toBe(expected);
    expectSubscriptions(work$.subscriptions).toBe(workSubs);
  });
  expect(term.resignations).toEqual(['error']);
  expect(second.resignations).toEqual(['error']);
});

it.each(['throw', 'resign'] as const)('takes what project throws as failed work: %s', (onError) => {
  const { term } = twoTerms();
  const failure = new Error('cannot begin');
  const told = vi.fn();
  const project = () => {
    throw failure;
  };
  of(leading(term)).pipe(whileLeader(project, { onError })).subscribe({ error: told });
  expect(told.mock.calls).toEqual(onError === 'throw' ? [[failure]] : []);
  expect(term.resignations).toEqual(onError === 'throw' ? [] : [failure]);
});

it.each(['throw', 'resign'] as const)('takes a rejection as failed work: %s', async (onError) => {
  const { term } = twoTerms();
  const failure = new Error('cannot go on');
  const told = vi.fn();
  const leadership$ = new Subject<Leadership>();
  const project = () => Promise.reject(failure);
  leadership$.pipe(whileLeader(project, { onError })).subscribe({ error: told });
  leadership$.next(leading(term));
  await Promise.resolve();
  await Promise.resolve();
  expect(told.mock.calls).toEqual(onError === 'throw' ? [[failure]] : []);
  expect(term.resignations).toEqual(onError === 'throw' ? [] : [failure]);
});

it('lets the term wait for a promise by itself, and passes its value through', async () => {
  const { term } = twoTerms();
  const leadership$ = new Subject<Leadership>();
  const work = Promise.resolve('done');
  const seen = vi.fn();
  leadership$.pipe(whileLeader(() => work)).subscribe(seen);
  leadership$.next(leading(term));
  expect(term.works).toEqual([work]);
  await work;
  await Promise.resolve();
  expect(seen.mock.calls).toEqual([['done']]);
});

it('lets the term wait for what project returns also when it ended the term', () => {
  const { term } = twoTerms();
  const work = Promise.resolve();
  const project = () => {
    term.signalEnd();
    return work;
  };
  of(leading(term)).pipe(whileLeader(project)).subscribe();
  expect(term.works).toEqual([work]);
});

it('does not begin work that is an Observable once project has ended the term', () => {
  const { term } = twoTerms();
  const begun = vi.fn();
  const project = () => {
    term.signalEnd();
    return new Observable<never>(begun);
  };
  of(leading(term)).pipe(whileLeader(project)).subscribe();
  expect(begun).not.toHaveBeenCalled();
});

it('leaves it to the user whether the term waits for an Observable', () => {
  const { term } = twoTerms();
  const work$ = of(1, 2);
  of(leading(term))
    .pipe(whileLeader(() => work$))
    .subscribe();
  expect(term.works).toEqual([]);
});

it('takes whatever can be observed', async () => {
  const values = async (project: (term: Term) => Iterable<number> | AsyncIterable<number>) => {
    const seen: number[] = [];
    const leadership$ = new Subject<Leadership>();
    leadership$.pipe(whileLeader(project)).subscribe((value) => seen.push(value));
    leadership$.next(leading(twoTerms().term));
    await new Promise((resolve) => setImmediate(resolve));
    return seen;
  };
  expect(await values(() => [1, 2])).toEqual([1, 2]);
  expect(await values(() => new Set([3]))).toEqual([3]);
  expect(
    await values(async function* () {
      yield await Promise.resolve(4);
    }),
  ).toEqual([4]);
});

it('errors when project returns what cannot be observed', () => {
  const told = vi.fn();
  const project = (() => undefined) as unknown as () => Observable<never>;
  of(leading(twoTerms().term)).pipe(whileLeader(project)).subscribe({ error: told });
  expect(told).toHaveBeenCalledWith(expect.any(TypeError));
});

it('does not take it as a failure when work answers the signal with an error', () => {
  const { term } = twoTerms();
  const told = vi.fn();
  const leadership$ = new Subject<Leadership>();
  const project = ({ signal }: Term) =>
    fromEvent(signal, 'abort').pipe(
      map(() => {
        throw new Error('aborted');
      }),
    );
  leadership$.pipe(whileLeader(project, { onError: 'resign' })).subscribe({ error: told });
  leadership$.next(leading(term));
  term.signalEnd();
  leadership$.next(interrupted());
  expect(told).not.toHaveBeenCalled();
  expect(term.resignations).toEqual([]);
});
