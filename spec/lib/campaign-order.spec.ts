import { EMPTY, mergeMap, NEVER, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, type Leadership, type Term } from '../../lib/index.js';
import { election } from '../support/election.js';
import { inVirtualTime } from '../support/timeline.js';

describe('the queue of events', () => {
  it('never shows an older state after a newer one, however re-entrant a subscriber is', () => {
    const order: string[] = [];
    inVirtualTime(({ store, at }) => {
      const campaign$ = campaign(store, { ...election, cooldown: 50 });
      campaign$.subscribe((leadership: Leadership) => {
        order.push(`first ${leadership.state}`);
        if (leadership.elected) leadership.term.resign();
      });
      const second = campaign$.subscribe(({ state }) => order.push(`second ${state}`));
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => {
        second.unsubscribe();
      });
      at(30, () => {
        expect(order).toHaveLength(8);
      });
    });
    expect(order.slice(0, 8)).toEqual([
      'first joining',
      'second joining',
      'first leading',
      'second leading',
      'first resigning',
      'second resigning',
      'first cooling-down',
      'second cooling-down',
    ]);
  });

  it('tells the subscriber before the key is released, and the signal before both', () => {
    const order: string[] = [];
    inVirtualTime(({ store, at }) => {
      let term: Term | undefined;
      store.onRelease = () => order.push(`release, valid ${String(term?.isValid())}`);
      const subscription = campaign(store, election).subscribe((leadership) => {
        order.push(leadership.state);
        if (!leadership.elected) return;
        ({ term } = leadership);
        term.signal.addEventListener('abort', () => order.push('signal'));
      });
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => term?.resign());
      at(25, () => {
        subscription.unsubscribe();
      });
    });
    expect(order.slice(0, 6)).toEqual([
      'joining',
      'leading',
      'signal',
      'resigning',
      'cooling-down',
      'release, valid false',
    ]);
  });

  it('work that never ends holds the key no longer than the drain', () => {
    inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, { ...election, until: timer(50, store.scheduler) });
      campaign$
        .pipe(mergeMap((now) => (now.elected ? now.term.waitUntil(NEVER) : EMPTY)))
        .subscribe();
      record(campaign$);
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(300, () => {
        expect(store.claims[0]?.unsubscribedAt).toBe(250);
      });
    });
  });
});
