import { concat, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Leadership } from '../../lib/leadership.js';
import { firstTerm } from '../../operators/first-term.js';
import { toAsyncIterable } from '../../operators/to-async-iterable.js';
import { fakeTerm, leading, waiting } from '../../testing/index.js';

const failure = new Error('source');

describe('toAsyncIterable', () => {
  it('loops over all values, those that come before the loop asks too', async () => {
    const seen: number[] = [];
    for await (const value of toAsyncIterable(of(1, 2, 3))) seen.push(value);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('unsubscribes when the loop is left, also from a source that never ends', async () => {
    const source$ = new Subject<number>();
    const endless$ = new Observable<number>((subscriber) => {
      subscriber.next(1);
      subscriber.next(2);
      subscriber.add(source$.subscribe(subscriber));
    });
    for await (const value of toAsyncIterable(endless$)) {
      expect([value, source$.observed]).toEqual([1, true]);
      break;
    }
    expect(source$.observed).toBe(false);
  });

  it('throws the error of the source, after the values that wait', async () => {
    const seen: unknown[] = [];
    const loop = async () => {
      for await (const value of toAsyncIterable(
        concat(
          of(1, 2),
          throwError(() => failure),
        ),
      ))
        seen.push(value);
    };
    await expect(loop()).rejects.toBe(failure);
    expect(seen).toEqual([1, 2]);
  });

  it('waits for no more than the limit, and then lets go of the source', async () => {
    const source$ = new Subject<number>();
    const loop = toAsyncIterable(source$, { limit: 2 })[Symbol.asyncIterator]();
    const first = loop.next();
    for (const value of [1, 2, 3, 4]) source$.next(value);
    expect(source$.observed).toBe(false);
    expect(await first).toEqual({ done: false, value: 1 });
    expect([(await loop.next()).value, (await loop.next()).value]).toEqual([2, 3]);
    await expect(loop.next()).rejects.toMatchObject({ code: 'overflow' });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
  });

  it('or loses the oldest, if told so; and refuses bad options', async () => {
    const seen: number[] = [];
    const options = { limit: 1, onOverflow: 'drop-oldest' } as const;
    for await (const value of toAsyncIterable(of(1, 2, 3, 4), options)) seen.push(value);
    expect(seen).toEqual([1, 4]);
    expect(() => toAsyncIterable(NEVER, { limit: 0 })).toThrow(/limit is 0/);
  });

  it('subscribes to nothing when it is left before it began', async () => {
    let subscriptions = 0;
    const source$ = new Observable<number>(() => void (subscriptions += 1));
    const loop = toAsyncIterable(source$)[Symbol.asyncIterator]();
    await loop.return?.();
    expect([await loop.next(), subscriptions]).toEqual([{ done: true, value: undefined }, 0]);
  });
});

describe('firstTerm', () => {
  it('keeps the term that it resolves with, and leaves the race when that ends', async () => {
    const term = fakeTerm();
    const leadership$ = new Subject<Leadership>();
    const promise = firstTerm(leadership$);
    leadership$.next(waiting());
    leadership$.next(leading(term));
    expect(await promise).toBe(term);
    expect(leadership$.observed).toBe(true);
    term.end();
    expect(leadership$.observed).toBe(false);
  });

  it('leaves the race by its signal, before and after it leads', async () => {
    for (const leads of [false, true]) {
      const leaving = new AbortController();
      const leadership$ = new Subject<Leadership>();
      const promise = firstTerm(leadership$, leaving.signal);
      if (leads) leadership$.next(leading(1n));
      leaving.abort(failure);
      if (leads) expect(await promise).toMatchObject({ token: 1n });
      else await expect(promise).rejects.toBe(failure);
      expect(leadership$.observed).toBe(false);
    }
    await expect(firstTerm(NEVER, AbortSignal.abort(failure))).rejects.toBe(failure);
  });

  it('rejects with the error of the campaign, and when that ends without a term', async () => {
    await expect(firstTerm(throwError(() => failure))).rejects.toBe(failure);
    await expect(firstTerm(of(waiting()))).rejects.toMatchObject({ code: 'not-elected' });
  });
});
