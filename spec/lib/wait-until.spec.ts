import { setTimeout as sleep } from 'node:timers/promises';
import { EMPTY, NEVER, of, range, Subject, switchMap, take, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ActiveTerm, type TermHost } from '../../lib/active-term.js';
import { campaign, monotonicClock, monotonicScheduler, SessionLease } from '../../lib/index.js';
import { election } from '../support/election.js';
import { inVirtualTime } from '../support/timeline.js';

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

function termOf() {
  const timing = { ttl: 10_000, margin: 1_000, gap: 5_000 };
  const sent = { now: monotonicClock.now(), sinceBoot: undefined };
  const lease = new SessionLease(timing, sent, monotonicClock, monotonicScheduler);
  const [resign, idle] = [vi.fn<(failure: unknown) => void>(), vi.fn<() => void>()];
  const host: TermHost = {
    store: { clock: monotonicClock },
    rules: { key: 'a', id: 'one', drain: 100 },
    extraMargin: () => 0,
    leaving: false,
    send: (event) => {
      if (event.type === 'idle') idle();
      else resign(event.failure);
    },
  };
  return { term: new ActiveTerm(host, lease, 7n), resign, idle };
}

describe('waitUntil', () => {
  it('passes the values of an Observable and of a promise through', () => {
    const { term } = termOf();
    const values: number[] = [];
    term.waitUntil(of(1, 2)).subscribe((value) => values.push(value));
    expect(values).toEqual([1, 2]);
    return expect(
      new Promise((resolve) => term.waitUntil(Promise.resolve(3)).subscribe(resolve)),
    ).resolves.toBe(3);
  });

  it('counts a promise from the call, an Observable from its subscription', async () => {
    const { term, idle } = termOf();
    const work$ = new Subject<void>();
    void term.waitUntil(NEVER); // never subscribed: does not count
    let finish: () => void = () => undefined;
    void term.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    term.waitUntil(work$).subscribe();
    term.end('resigned');
    await settle();
    expect(idle).not.toHaveBeenCalled();
    finish();
    await settle();
    expect(idle).not.toHaveBeenCalled();
    work$.complete();
    await settle();
    expect(idle).toHaveBeenCalledTimes(1);
  });

  it('reports idle in a microtask, never inside the end', async () => {
    const { term, idle } = termOf();
    term.end('resigned');
    expect(idle).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(idle).toHaveBeenCalledTimes(1);
  });

  it('unsubscribing cancels an Observable before the signal, and leaves it to end after it', async () => {
    const { term, idle } = termOf();
    const cancelled$ = new Subject<void>();
    term.waitUntil(cancelled$).subscribe().unsubscribe();
    expect(cancelled$.observed).toBe(false);
    const drained$ = new Subject<void>();
    const listening = term.waitUntil(drained$).subscribe();
    term.end('resigned');
    listening.unsubscribe();
    expect(drained$.observed).toBe(true);
    await settle();
    expect(idle).not.toHaveBeenCalled();
    drained$.complete();
    await settle();
    expect(idle).toHaveBeenCalledTimes(1);
  });

  it('switchMap by the end of the term does not cut the work that should drain', () => {
    const work$ = new Subject<void>();
    inVirtualTime(({ store, at }) => {
      const running = campaign(store, election)
        .pipe(switchMap((now) => (now.elected ? now.term.waitUntil(work$) : EMPTY)))
        .subscribe();
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => {
        running.unsubscribe();
        expect(work$.observed).toBe(true);
      });
      at(50, () => {
        expect(store.claims[0]?.unsubscribedAt).toBeUndefined();
        work$.complete();
      });
      at(60, () => {
        expect(store.claims[0]?.unsubscribedAt).toBe(50);
      });
    });
  });

  it('cuts an Observable at the end of the drain, and completes whoever still listens', () => {
    const { term } = termOf();
    const complete = vi.fn();
    const work$ = new Subject<void>();
    term.waitUntil(work$).subscribe({ complete });
    term.end('resigned');
    term.finish();
    expect([work$.observed, complete.mock.calls.length]).toEqual([false, 1]);
  });

  it('may be called during the drain; after it is the error term-over, and work is not begun', () => {
    const { term } = termOf();
    term.end('resigned');
    const next = vi.fn();
    term.waitUntil(of(1)).subscribe(next);
    expect(next).toHaveBeenCalledWith(1);
    term.finish();
    const error = vi.fn();
    const work$ = new Subject<void>();
    term.waitUntil(work$).subscribe({ error });
    term.waitUntil(Promise.reject(new Error('late'))).subscribe({ error });
    expect(error.mock.calls.map(([given]) => (given as { code: string }).code)).toEqual([
      'term-over',
      'term-over',
    ]);
    expect(work$.observed).toBe(false);
  });

  it('passes an error to who listens, and to the campaign when nobody does', async () => {
    const { term, resign } = termOf();
    const error = vi.fn();
    term.waitUntil(throwError(() => new Error('heard'))).subscribe({ error });
    term.waitUntil(Promise.reject(new Error('heard too'))).subscribe({ error });
    await settle();
    expect([error.mock.calls.length, resign.mock.calls.length]).toEqual([2, 0]);
    void term.waitUntil(Promise.reject(new Error('unheard')));
    await settle();
    const work$ = new Subject<void>();
    const listening = term.waitUntil(work$).subscribe();
    term.end('resigned');
    listening.unsubscribe();
    work$.error(new Error('unheard too'));
    const failures = resign.mock.calls.map(([given]) => (given as { error: Error }).error.message);
    expect(failures).toEqual(['unheard', 'unheard too']);
  });

  it('work that ends by its signal has not failed', async () => {
    const { term, resign } = termOf();
    const { signal } = term;
    const sleeping = sleep(1_000, undefined, { signal });
    const asked = new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
    void term.waitUntil(sleeping);
    void term.waitUntil(asked);
    term.end('resigned');
    await settle();
    expect(resign).not.toHaveBeenCalled();
  });

  it('an unheard error of the drain is shown as interrupted, not thrown at the process', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, election);
      const work$ = timer(50, store.scheduler).pipe(
        switchMap(() => throwError(() => new Error('flush failed'))),
      );
      const working = campaign$
        .pipe(switchMap((now) => (now.elected ? now.term.waitUntil(work$) : EMPTY)))
        .subscribe();
      const running = record(campaign$);
      const term = campaign$.subscribe((now) => {
        if (now.elected) now.term.resign();
      });
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(60, () => {
        working.unsubscribe();
        running.unsubscribe();
        term.unsubscribe();
      });
    });
    expect(seen.slice(1)).toEqual([
      '0: leading 7',
      '0: resigning resigned',
      '50: interrupted resigned flush failed 100',
    ]);
  });

  it('stops listening to a synchronous observable when unsubscribed', () => {
    const { term } = termOf();
    let produced = 0;
    const endless = range(0, 1_000).pipe(
      switchMap((value) => {
        produced += 1;
        return of(value);
      }),
    );
    term.waitUntil(endless).pipe(take(2)).subscribe();
    expect(produced).toBe(2);
  });
});
