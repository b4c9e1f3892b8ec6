import { concat, defer, map, NEVER, Observable, of, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { campaign } from '../../lib/campaign.js';
import { LeadershipError } from '../../lib/errors.js';
import type { Leadership } from '../../lib/leadership.js';
import { retryCampaign, type RetryCampaignOptions } from '../../operators/retry-campaign.js';
import { joining, leading, virtualElections, waiting } from '../../testing/index.js';
import { gone } from '../support/election.js';

const failure = new Error('refused');

/** Runs attempts in virtual time, the last one over and over; what was seen when. */
function run(
  options: RetryCampaignOptions,
  ...attempts: readonly Observable<Leadership>[]
): readonly string[] {
  const seen: string[] = [];
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(() => {
    const say = (what: string) => seen.push(`${String(scheduler.now())}: ${what}`);
    let number = 0;
    const source$ = defer(() => attempts[Math.min(number++, attempts.length - 1)] ?? NEVER);
    const usual = { jitter: 0, initial: 100, longest: 1_000, scheduler };
    const running = source$.pipe(retryCampaign({ ...usual, ...options })).subscribe({
      next: (leadership) =>
        say(
          leadership.state === 'interrupted'
            ? `interrupted ${String(leadership.retryIn)}`
            : leadership.state,
        ),
      error: (error: unknown) => say(`error ${(error as Error).message}`),
      complete: () => say('complete'),
    });
    scheduler.schedule(() => {
      running.unsubscribe();
    }, 20_000);
  });
  return seen;
}

const failed$ = throwError(() => failure);
const fails = (after: number, ...states: Leadership[]) =>
  concat(of(...states), timer(after).pipe(map(() => { throw failure; }))); // prettier-ignore

it('tells of trouble at once, waits, and runs again', () => {
  expect(run({}, fails(0, joining(), waiting()), of(joining(), leading(1n)))).toEqual([
    '0: joining',
    '0: waiting',
    '0: interrupted 100',
    '100: joining',
    '100: leading',
    '100: complete',
  ]);
});

it('waits longer and longer, up to the longest', () => {
  const waits = run({ attempts: 7 }, failed$);
  expect(waits).toEqual([
    '0: interrupted 100',
    '100: interrupted 200',
    '300: interrupted 400',
    '700: interrupted 800',
    '1500: interrupted 1000',
    '2500: interrupted 1000',
    '3500: error refused',
  ]);
});

it('begins the count anew after an attempt that has lasted', () => {
  const seen = run({ attempts: 3 }, failed$, fails(5_000, leading(1n)), failed$);
  expect(seen).toEqual([
    '0: interrupted 100',
    '100: leading',
    '5100: interrupted 100',
    '5200: interrupted 200',
    '5400: error refused',
  ]);
});

describe('gives up', () => {
  it('after n failures in a row', () => {
    expect(run({ attempts: 1 }, failed$)).toEqual(['0: error refused']);
  });

  it('after a time in which nobody led, as seen from here', () => {
    const seen = run({ patience: 1_000 }, failed$);
    expect(seen.slice(-2)).toEqual(['300: interrupted 400', '700: error refused']);
    const patient = run({ patience: 1_000 }, failed$, fails(500, waiting()), failed$);
    expect(patient).toEqual([
      '0: interrupted 100',
      '100: waiting',
      '600: interrupted 200',
      '800: interrupted 400',
      '1200: error refused',
    ]);
  });

  it('when giveUp says so', () => {
    const giveUp = (error: unknown) => error === failure;
    expect(run({ giveUp }, throwError(gone), failed$)).toEqual([
      '0: interrupted 100',
      '100: error refused',
    ]);
  });
});

it('waits the longest after what only people can mend', () => {
  const denied$ = throwError(() => new LeadershipError('access-denied', 'no'));
  expect(run({ attempts: 2 }, denied$)).toEqual([
    '0: interrupted 1000',
    '1000: error [access-denied] no',
  ]);
});

it('is unsubscribed in its wait too', () => {
  const seen: unknown[] = [];
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(() => {
    const running = failed$
      .pipe(retryCampaign({ scheduler }))
      .subscribe((state) => seen.push(state));
    running.unsubscribe();
  });
  expect(seen).toHaveLength(1);
});

it('counts for each subscriber on its own', () => {
  const scheduler = new TestScheduler(() => undefined);
  const seen: unknown[] = [];
  scheduler.run(() => {
    const retried$ = failed$.pipe(retryCampaign({ attempts: 2, jitter: 0, scheduler }));
    retried$.subscribe({ error: () => seen.push('first') });
    retried$.subscribe({ error: () => seen.push('second') });
  });
  expect(seen).toEqual(['first', 'second']);
});

it('refuses bad options at the call', () => {
  expect(() => retryCampaign({ attempts: 0 })).toThrow(/attempts is 0/);
  expect(() => retryCampaign({ patience: -1 })).toThrow(/patience is -1/);
  expect(() => retryCampaign({ jitter: 2 })).toThrow(/retry.jitter is 2/);
});

it('makes a campaign with retry: false go on where the store is away', () => {
  const seen: string[] = [];
  virtualElections(({ openStore, server, at, scheduler }) => {
    const store = openStore({ ttl: 1_000 });
    const retry = { jitter: 0, initial: 500, longest: 500, scheduler };
    server.freeze();
    campaign(store, { key: 'k', id: 'ann', retry: false })
      .pipe(retryCampaign(retry))
      .subscribe(({ state }) => seen.push(state));
    at(10_000, () => {
      server.thaw();
    });
  });
  expect(seen).toContain('interrupted');
  expect(seen).toContain('leading');
});
