import { concat, NEVER, of, throwError, timer, type Observable } from 'rxjs';
import { map, mergeMap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import {
  follow,
  leaderRecord,
  LeadershipError,
  type KeyState,
  type LeaderView,
} from '../../lib/index.js';
import { ScriptedStore } from '../support/scripted-store.js';

const at = (token: bigint, id = 'one', stale = false): KeyState => ({
  leader: leaderRecord(id, token),
  stale,
});
const vacant: KeyState = { leader: undefined, stale: false };

function brief({ leader, stale, error, retryIn }: LeaderView): string {
  const who = leader === undefined ? 'vacant' : `${leader.id} ${String(leader.token)}`;
  const trouble = error === undefined ? '' : ` in ${String(retryIn)}`;
  return `${who}${stale ? ' stale' : ''}${trouble}`;
}

/** Follows a scripted watch in virtual time; each subscription takes the next of `watches`. */
function followed(watches: readonly Observable<KeyState>[], until = 1_000, retry = {}): string[] {
  const seen: string[] = [];
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(() => {
    const store = new ScriptedStore(scheduler);
    let subscriptions = 0;
    store.watch = () => watches[(subscriptions += 1) - 1] ?? NEVER;
    const options = { retry: { jitter: 0, initial: 100, ...retry } };
    const running = follow(store, 'a', options).subscribe((view) => seen.push(brief(view)));
    scheduler.schedule(() => {
      running.unsubscribe();
    }, until);
  });
  return seen;
}

const away = () => throwError(() => new LeadershipError('store-refused', 'away'));

describe('follow', () => {
  it('shows each term once, vacancy as a value, and staleness', () => {
    const watch$ = of(vacant, at(1n), at(1n), at(1n, 'one', true), at(1n), vacant, at(3n), at(5n));
    expect(followed([watch$])).toEqual([
      'vacant',
      'one 1',
      'one 1 stale',
      'one 1',
      'vacant',
      'one 3', // the same leader again, in another term
      'one 5',
    ]);
  });

  it('never goes backwards, also not past a vacancy or a broken watch', () => {
    const first$ = concat(of(at(5n), vacant, at(3n, 'old')), away());
    expect(followed([first$, concat(of(at(3n, 'old'), at(7n)), NEVER)])).toEqual([
      'one 5',
      'vacant',
      'vacant stale in 100',
      'one 7',
    ]);
  });

  it('starts anew after the store reported lost data', () => {
    const lost$ = throwError(() => new LeadershipError('data-lost', 'wiped'));
    const views = followed([concat(of(at(5n)), lost$), concat(of(at(1n)), NEVER)]);
    expect(views).toEqual(['one 5', 'one 5 stale in 100', 'one 1']);
  });

  it('tells an error, waits with a backoff that grows, and watches again', () => {
    const views = followed([concat(of(at(1n)), away()), away(), concat(of(at(2n)), NEVER)]);
    expect(views).toEqual(['one 1', 'one 1 stale in 100', 'one 1 stale in 200', 'one 2']);
  });

  it('retry: false and giveUp make error notifications', () => {
    const scheduler = new TestScheduler(() => undefined);
    const errors: unknown[] = [];
    const store = new ScriptedStore(scheduler);
    store.watch$ = away();
    for (const retry of [false as const, { giveUp: () => true }]) {
      follow(store, 'a', { retry }).subscribe({ error: (error: unknown) => errors.push(error) });
    }
    expect(errors.map((error) => (error as LeadershipError).code)).toEqual([
      'store-refused',
      'store-refused',
    ]);
  });

  it('is cold, shared, replays the present, and lets go of the watch', () => {
    const scheduler = new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });
    scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
      const store = new ScriptedStore(scheduler);
      const watch$ = cold('--a--b', { a: at(1n), b: at(2n) });
      store.watch = () => watch$;
      const view$ = follow(store, 'a').pipe(map(brief));
      expectObservable(view$, '-^-----!').toBe('---a--b', { a: 'one 1', b: 'one 2' });
      const late$ = timer(4).pipe(mergeMap(() => view$));
      expectObservable(late$, '^------!').toBe('----a-b', { a: 'one 1', b: 'one 2' });
      expectSubscriptions(watch$.subscriptions).toBe('-^-----!');
    });
  });

  it('survives JSON', () => {
    const view: LeaderView = { leader: leaderRecord('one', 2n ** 60n, 'http://one'), stale: false };
    expect(JSON.stringify(view)).toBe(
      '{"leader":{"id":"one","data":"http://one","token":"1152921504606846976"},"stale":false}',
    );
  });
});
