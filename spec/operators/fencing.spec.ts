import { map, Observable, of, Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { admitByToken } from '../../operators/admit-by-token.js';
import { withFencing, type Fenced } from '../../operators/with-fencing.js';
import { fakeTerm } from '../../testing/index.js';
import { marbles } from './marbles.js';

const fenced = (token: bigint | string, value = '') => ({ token, value });
const tokens = { 1: fenced(1n), 2: fenced(2n), 3: fenced(3n) };

// prettier-ignore
it('withFencing gives each value the token of the term, also late', () => {
  const term = fakeTerm({ token: 7n });
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const source$ = hot('-a--b--|');
    source$.subscribe(() => {
      term.end();
    });
    const expected =    '-x--y--|';
    expectObservable(source$.pipe(withFencing(term))).toBe(expected, {
      x: expect.objectContaining({ token: 7n, value: 'a' }),
      y: expect.objectContaining({ token: 7n, value: 'b' }),
    });
    expectSubscriptions(source$.subscriptions).toBe(['^------!', '^------!']);
  });
});

it('what withFencing sends as JSON, admitByToken admits', () => {
  const sent: string[] = [];
  of('write')
    .pipe(withFencing(fakeTerm({ token: 2n ** 60n })))
    .subscribe((value) => {
      sent.push(JSON.stringify(value));
    });
  expect(sent).toEqual(['{"token":"1152921504606846976","value":"write"}']);
  const admitted: string[] = [];
  of(...sent)
    .pipe(
      map((text) => JSON.parse(text) as { token: string; value: string }),
      admitByToken(),
    )
    .subscribe(({ value }) => admitted.push(value));
  expect(admitted).toEqual(['write']);
});

// prettier-ignore
it('admits the newest token and newer ones, and nothing older', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const source$ = hot('-1-1-2-1-2-3-2-|', tokens);
    const expected =    '-1-1-2---2-3---|';
    expectObservable(source$.pipe(admitByToken())).toBe(expected, tokens);
    expectSubscriptions(source$.subscriptions).toBe('^--------------!');
  });
});

it('tells what it refuses, and by which token', () => {
  const refused: unknown[] = [];
  of(fenced(5n, 'a'), fenced('4', 'b'), fenced('five', 'c'), fenced('-9', 'd'))
    .pipe(admitByToken({ onRefused: ({ value }, newest) => refused.push([value, newest]) }))
    .subscribe();
  expect(refused).toEqual([
    ['b', 5n],
    ['c', 5n],
    ['d', 5n],
  ]);
});

it('refuses what is no token', () => {
  const seen: unknown[] = [];
  const odd = [1, 1.5, '', '0x10', ' 1', null, undefined].map((token) => ({ token }) as never);
  of(...odd)
    .pipe(admitByToken({ onRefused: (value) => seen.push(value) }))
    .subscribe();
  expect(seen).toHaveLength(odd.length);
});

it('begins with what was seen before', () => {
  const seen: unknown[] = [];
  of(fenced(1n), fenced(2n), fenced(3n))
    .pipe(admitByToken({ newest: 2n }))
    .subscribe(({ token }) => seen.push(token));
  expect(seen).toEqual([2n, 3n]);
});

// prettier-ignore
it('forgets the newest token when told so, and lets go of who tells it', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const source$ = hot('-3-1---1-2-1-|', tokens);
    const forget$ = hot('-----f--------f');
    const expected =    '-3-----1-2---|';
    expectObservable(source$.pipe(admitByToken({ forget: forget$ }))).toBe(expected, tokens);
    expectSubscriptions(forget$.subscriptions).toBe('^------------!');
  });
});

// prettier-ignore
it('goes on after the end of forget, and errors with it', () => {
  marbles(({ hot, expectObservable }) => {
    const ends$ = hot('  --|');
    const fails$ = hot(' --#');
    const source$ = hot('-1-2-1-3-|', tokens);
    expectObservable(source$.pipe(admitByToken({ forget: ends$ }))).toBe('-1-2---3-|', tokens);
    expectObservable(source$.pipe(admitByToken({ forget: fails$ }))).toBe('-1#', tokens);
  });
});

it('errors with what onRefused throws', () => {
  const failure = new Error('refused');
  const onRefused = () => {
    throw failure;
  };
  marbles(({ hot, expectObservable }) => {
    const source$ = hot('-2-1-|', tokens);
    expectObservable(source$.pipe(admitByToken({ onRefused }))).toBe('-2-#', tokens, failure);
  });
});

it('admits in order what comes while it delivers', () => {
  const source$ = new Subject<{ token: bigint }>();
  const seen: bigint[] = [];
  source$.pipe(admitByToken()).subscribe(({ token }) => {
    seen.push(token);
    if (token === 1n) for (const next of [3n, 2n]) source$.next({ token: next });
  });
  source$.next({ token: 1n });
  expect(seen).toEqual([1n, 3n]);
});

it('infers what it is given', () => {
  const orders$ = new Observable<{ order: number }>();
  const fenced$: Observable<Fenced<{ order: number }>> = orders$.pipe(withFencing(fakeTerm()));
  const admitted$: Observable<Fenced<{ order: number }>> = fenced$.pipe(admitByToken());
  expect(admitted$).toBeInstanceOf(Observable);
});
