import { fromEvent, map, switchMap, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Leadership } from '../../lib/index.js';
import { elected, whileFollower, whileLeader } from '../../operators/index.js';
import {
  fakeTerm,
  scriptedLeadership,
  virtualElections,
  virtualStore,
} from '../../testing/index.js';

const inLetters = map(({ state }: Leadership) => state.charAt(0));

describe('scriptedLeadership', () => {
  it('tests the work of a leader in three lines, without a store', () => {
    virtualElections(({ cold, expectObservable }) => {
      const work$ = scriptedLeadership('w--A---i--B--|').pipe(whileLeader(() => cold('-x')));
      expectObservable(work$).toBe('    ----x------x-|');
    });
  });

  it('plays each state, at its time', () => {
    virtualElections(({ expectObservable }) => {
      const script = 'jw 98ms A-s-A-(rc) 4ms i-#';
      const played = 'jw 98ms l-s-l-(rc) 4ms i-#';
      const error = new Error('why');
      const states$ = scriptedLeadership(script, { error }).pipe(inLetters);
      expectObservable(states$).toBe(played, undefined, error);
    });
  });

  it('is cold: terms and tokens begin anew with each subscription', () => {
    virtualElections(({ expectObservable }) => {
      const token$ = scriptedLeadership('A-i-B-|').pipe(
        whileLeader(({ token }) => [String(token)]),
      );
      expectObservable(token$).toBe('1---2-|');
      expectObservable(token$, '---^').toBe('---1---2-|');
    });
  });

  it('does to a term what a campaign does', () => {
    const term = fakeTerm({ token: 7n });
    const seen: string[] = [];
    const look = (what: string) =>
      seen.push(`${what}: aborted ${term.signal.aborted}, valid ${term.isValid()}`);
    term.signal.addEventListener('abort', () => look('at the signal'));
    virtualElections(() => {
      scriptedLeadership('w-A-r-c|', { terms: { A: term } })
        .pipe(inLetters)
        .subscribe(look);
    });
    expect(seen).toEqual([
      'w: aborted false, valid true',
      'l: aborted false, valid true',
      'at the signal: aborted true, valid true',
      'r: aborted true, valid true',
      'c: aborted true, valid false',
    ]);
  });

  it('has a lost term not valid any more when its signal tells', () => {
    const term = fakeTerm();
    const valid: boolean[] = [];
    term.signal.addEventListener('abort', () => valid.push(term.isValid()));
    virtualElections(() => scriptedLeadership('A-i', { terms: { A: term } }).subscribe());
    expect(valid).toEqual([false]);
  });

  it.each(['A-|', 'A-#', 'A-'])('ends the term that is left at the end of %s', (script) => {
    const term = fakeTerm();
    virtualElections(({ at }) => {
      const playing = scriptedLeadership(script, { terms: { A: term } }).subscribe({
        error: () => undefined,
      });
      at(5, () => playing.unsubscribe());
    });
    expect([term.signal.aborted, term.isValid()]).toEqual([true, false]);
  });

  it('stops listening to itself when a synchronous subscriber has enough', () => {
    virtualElections(({ expectObservable }) => {
      expectObservable(scriptedLeadership('(wA)--i').pipe(take(1), inLetters)).toBe('(w|)');
    });
  });

  it('works with every operator for candidates', () => {
    virtualElections(({ expectObservable }) => {
      const script$ = scriptedLeadership('w-A-s-i-(B|)');
      expectObservable(script$.pipe(elected())).toBe('f-t---f-(tf|)', { t: true, f: false });
      expectObservable(script$.pipe(whileFollower(() => ['x']))).toBe('x-----x-|');
      const ends$ = script$.pipe(
        whileLeader(({ signal }) => fromEvent(signal, 'abort')),
        tap({ error: () => undefined }),
      );
      expectObservable(ends$.pipe(switchMap(() => []))).toBe('--------|');
    });
  });

  it('plays on the clock of a virtual store too, ten milliseconds a character', async () => {
    const store = virtualStore();
    const seen: string[] = [];
    scriptedLeadership('w-A|', { scheduler: store.scheduler })
      .pipe(inLetters)
      .subscribe((state) => seen.push(`${store.scheduler.now()} ${state}`));
    await store.advance(100);
    expect(seen).toEqual(['0 w', '20 l']);
    await store.close();
  });

  it.each([
    ['A-x', '"x" stands for nothing'],
    ['A-é', 'stands for nothing'],
    ['w-s', 'nobody leads where "s" is'],
    ['A-r-s', 'nobody leads where "s" is'],
    ['w-c', 'no term has ended where "c" is'],
    ['A-i-A', 'term A has ended, and begins again'],
    ['A-r-A', 'term A has ended, and begins again'],
    ['A-!', 'no script'],
  ])('refuses %s at the call, and says why', (script, why) => {
    expect(() => scriptedLeadership(script)).toThrow(why);
    expect(() => scriptedLeadership(script)).toThrow(/^\[invalid-option\]/u);
  });
});
