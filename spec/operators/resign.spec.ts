import { concat, NEVER, of, Subject, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign } from '../../lib/campaign.js';
import type { Leadership } from '../../lib/leadership.js';
import { resignAfter } from '../../operators/resign-after.js';
import { resignOnUnhealthy } from '../../operators/resign-on-unhealthy.js';
import { resignWhen } from '../../operators/resign-when.js';
import { interrupted, leading, virtualElections, waiting } from '../../testing/index.js';
import { election } from '../support/election.js';
import { inVirtualTime } from '../support/timeline.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

/** When terms were resigned, in virtual time, and with what. */
function watching(now: () => number) {
  const { term, second, states } = twoTerms();
  const resigned: unknown[] = [];
  for (const each of [term, second]) {
    each.resign = (error?: unknown) => {
      resigned.push(error === undefined ? now() : [now(), error]);
    };
  }
  return { states, resigned, term };
}

const unhealthy: unknown = expect.objectContaining({ code: 'unhealthy', retryable: true });

describe('resignWhen', () => {
  // prettier-ignore
  it('ends each term at the first sign in it, and passes all states on', () => {
    let resigned: unknown[] = [];
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const world = watching(() => at());
      resigned = world.resigned;
      const leadership$ = hot('-jw--A--s--A----i--B-----|', world.states);
      const sign$ = hot('      --x-----x--x-------------|');
      const at = () => sign$.scheduler.now();
      expectObservable(leadership$.pipe(resignWhen(sign$))).toBe('-jw--A--s--A----i--B-----|', world.states);
      expectSubscriptions(sign$.subscriptions).toBe(['-----^--!', '-------------------^-----!']);
      expectSubscriptions(leadership$.subscriptions).toBe('^------------------------!');
    });
    expect(resigned).toEqual([8]);
  });

  // prettier-ignore
  it('may make its notifier of the term', () => {
    let resigned: unknown[] = [];
    marbles(({ hot, expectObservable }) => {
      const leadership$ = hot('--A-----i-B--------|');
      const world = watching(() => leadership$.scheduler.now());
      resigned = world.resigned;
      const states$ = hot('    --A-----i-B--------|', world.states);
      const sign = resignWhen(({ token }) => timer(3 * Number(token)));
      expectObservable(states$.pipe(sign)).toBe('--A-----i-B--------|', world.states);
    });
    expect(resigned).toEqual([5, 16]);
  });

  // prettier-ignore
  it('lets go of the notifier with the term, with the campaign and when unsubscribed', () => {
    const { states } = twoTerms();
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const sign$ = hot('-----------x');
      expectObservable(hot('--A--i---|', states).pipe(resignWhen(sign$))).toBe('--A--i---|', states);
      expectObservable(hot('--A--|', states).pipe(resignWhen(sign$))).toBe('--A--|', states);
      expectObservable(hot('--A--#', states).pipe(resignWhen(sign$))).toBe('--A--#', states);
      expectObservable(hot('--A-----', states).pipe(resignWhen(sign$)), '-----!').toBe('--A---', states);
      expectSubscriptions(sign$.subscriptions).toBe(Array(4).fill('--^--!'));
    });
  });

  // prettier-ignore
  it('errors with the notifier', () => {
    const { states } = twoTerms();
    marbles(({ hot, expectObservable }) => {
      const failing$ = hot('----#');
      expectObservable(hot('--A----', states).pipe(resignWhen(failing$))).toBe('--A-#', states);
    });
  });

  it('a sign that is there already ends the term after it was told', () => {
    const events: string[] = [];
    inVirtualTime(({ store, at }) => {
      const running = campaign(store, { ...election, cooldown: 50 })
        .pipe(resignWhen(of('now')))
        .subscribe(({ state }) => events.push(state));
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => {
        running.unsubscribe();
      });
    });
    expect(events).toEqual(['joining', 'leading', 'resigning', 'cooling-down']);
  });

  it('asks nothing of a term that its subscriber has ended', () => {
    const { term } = twoTerms();
    const leadership$ = new Subject<Leadership>();
    const sign$ = new Subject<undefined>();
    leadership$.pipe(resignWhen(sign$)).subscribe(({ elected }) => {
      if (elected) leadership$.next(waiting());
    });
    leadership$.next(leading(term));
    expect(sign$.observed).toBe(false);
  });
});

describe('resignAfter', () => {
  // prettier-ignore
  it('ends each term after the time', () => {
    let resigned: unknown[] = [];
    marbles(({ hot, expectObservable }) => {
      const world = watching(() => leadership$.scheduler.now());
      resigned = world.resigned;
      const leadership$ = hot('--A--s------i-B--|', world.states);
      expectObservable(leadership$.pipe(resignAfter(5))).toBe('--A--s------i-B--|', world.states);
    });
    expect(resigned).toEqual([7]);
  });

  it('refuses what is no duration', () => {
    expect(() => resignAfter(0)).toThrow(/duration is 0, not 1 to/);
    expect(() => resignAfter(Infinity)).toThrow(/duration is Infinity/);
  });

  it('lets leadership go round', () => {
    const led: string[] = [];
    virtualElections(({ openStore, at, scheduler }) => {
      for (const id of ['ann', 'bob', 'cleo'])
        campaign(openStore(), { key: 'k', id })
          .pipe(resignAfter(1_000, scheduler))
          .subscribe(({ state }) => {
            if (state === 'leading') led.push(id);
          });
      at(5_500, () => expect(led).toEqual(['ann', 'bob', 'cleo', 'ann', 'bob', 'cleo']));
    });
    expect(led.length).toBeGreaterThan(6);
  });
});

describe('resignOnUnhealthy', () => {
  // prettier-ignore
  it('ends a term as failed work at the first false in it', () => {
    let resigned: unknown[] = [];
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const world = watching(() => leadership$.scheduler.now());
      resigned = world.resigned;
      const leadership$ = hot('--A-------i--B----|', world.states);
      const health$ = hot('    -f-t-f-f-f--f--f--', { f: false, t: true });
      const watched$ = leadership$.pipe(resignOnUnhealthy(health$));
      expectObservable(watched$).toBe('--A-------i--B----|', world.states);
      expectSubscriptions(health$.subscriptions).toBe(['--^--!', '-------------^-!']);
    });
    expect(resigned).toEqual([[5, unhealthy], [15, unhealthy]]);
  });

  it('ends a term by the error of a check, and goes on when the checks end', () => {
    const failure = new Error('no database');
    const { term, second } = twoTerms();
    const failing$ = throwError(() => failure);
    of(leading(term)).pipe(resignOnUnhealthy(failing$)).subscribe();
    expect(term.resignations).toEqual([
      expect.objectContaining({ code: 'unhealthy', cause: failure }),
    ]);
    of(leading(second))
      .pipe(resignOnUnhealthy(of(true)))
      .subscribe();
    expect(second.resignations).toEqual([]);
  });

  it('makes a campaign wait longer and longer while the check fails', () => {
    const retries: number[] = [];
    virtualElections(({ openStore, at }) => {
      const retry = { jitter: 0, initial: 100, longest: 1_000 };
      campaign(openStore(), { key: 'k', id: 'ann', retry })
        .pipe(resignOnUnhealthy(concat(of(false), NEVER)))
        .subscribe((leadership) => {
          if (leadership.state === 'interrupted') retries.push(leadership.retryIn);
        });
      at(2_000, () => expect(retries).toEqual([100, 200, 400, 800, 1_000]));
    });
    expect(retries.at(-1)).toBe(1_000);
  });
});

it('a state that comes from elsewhere than a campaign is passed on too', () => {
  const seen: string[] = [];
  of(interrupted(), waiting())
    .pipe(resignWhen(of(1)), resignOnUnhealthy(of(false)), resignAfter(1))
    .subscribe(({ state }) => seen.push(state));
  expect(seen).toEqual(['interrupted', 'waiting']);
});
