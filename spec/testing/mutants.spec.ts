import {
  catchError,
  concat,
  defer,
  distinctUntilChanged,
  filter,
  interval,
  NEVER,
  type Observable,
  of,
  repeat,
  retry,
  switchMap,
  take,
  takeWhile,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { expect, it } from 'vitest';
import { campaign, follow, type LeadershipStore } from '../../lib/index.js';
import { Chance } from '../../testing/chance.js';
import {
  checkHistory,
  HistoryRecorder,
  virtualElections,
  type VirtualElections,
} from '../../testing/index.js';

// The checker is worth what it finds: the real candidate must pass, and each of the mutants, under
// the same faults, must be caught.

const ttl = 2_000;
const key = 'key';
const tenure = 3_000;
const seeds = Array.from({ length: 10 }, (_, seed) => seed + 1);

type Candidate = (
  store: LeadershipStore,
  who: string,
  recorder: HistoryRecorder,
) => Observable<unknown>;

/** Leads for a while, so that there is something to hand over. */
const real: Candidate = (store, who, recorder) =>
  campaign(store, { key, id: who, retry: { initial: 100, longest: 500 } }).pipe(
    recorder.record({ who, store }),
    filter((leadership) => leadership.elected),
    distinctUntilChanged((before, now) => before.term === now.term),
    switchMap(({ term }) => timer(tenure, store.scheduler).pipe(tap(() => term.resign()))),
  );

/** Believes to lead until its tenure is over: knows no deadline, and does not hear of losses. */
const naive =
  (tokenOf: (token: bigint) => bigint = (token) => token): Candidate =>
  (store, who, recorder) =>
    defer(() => {
      let led = false;
      return store.lock(key, { id: who }).pipe(
        filter((state) => state.status === 'held'),
        catchError((error: unknown) => (led ? NEVER : throwError(() => error))),
        switchMap(({ token }) => {
          led = true;
          const about = () => ({ t: store.clock.now(), who, key, term: token.toString() });
          recorder.write({ ...about(), e: 'start', token: tokenOf(token), until: Infinity });
          const probes$ = interval(50, store.scheduler).pipe(
            take(tenure / 50),
            tap(() => recorder.write({ ...about(), e: 'probe', valid: true })),
          );
          return concat(probes$, of('over' as const));
        }),
        takeWhile((told) => told !== 'over'),
      );
    }).pipe(repeat(), retry({ delay: () => timer(100, store.scheduler) }));

/** Three candidates and a follower, and each four seconds a fault for one of them or for all. */
function historyOf(candidate: Candidate, seed: number) {
  const recorder = new HistoryRecorder();
  virtualElections(
    (world) => {
      const chance = new Chance(seed);
      const stores = ['a', 'b', 'c'].map((who) => {
        const store = world.openStore({ ttl, latency: 5 });
        const running = candidate(store, who, recorder).subscribe();
        world.at(59_000, () => running.unsubscribe());
        return store;
      });
      follow(world.openStore({ ttl }), key).subscribe(({ leader }) =>
        recorder.write({
          t: world.scheduler.now(),
          who: 'f',
          key,
          e: 'view',
          token: leader?.token,
        }),
      );
      for (let t = 2_000; t < 50_000; t += 4_000)
        world.at(t, () => makeTrouble(world, stores, chance));
    },
    { until: 60_000, trace: false },
  );
  return recorder.records;
}

function makeTrouble(
  { server, at, scheduler }: VirtualElections,
  stores: readonly LeadershipStore[],
  chance: Chance,
): void {
  const store = chance.pick(stores);
  const last = scheduler.now() + ttl * chance.between(0.3, 1.5);
  const kinds = [
    () => {
      server.cut(store);
      return () => server.heal(store);
    },
    () => server.holdReplies(store),
    () => server.holdRequests(store),
    () => {
      server.freeze();
      return () => server.thaw();
    },
    () => {
      server.slow(store, ttl / 4);
      return () => server.slow(store, 5);
    },
    () => {
      server.restart();
      return () => undefined;
    },
  ];
  const mend = chance.pick(kinds)();
  at(last, mend);
}

const rulesBroken = (candidate: Candidate) =>
  new Set(
    seeds
      .flatMap((seed) => checkHistory(historyOf(candidate, seed)).findings)
      .map(({ rule }) => rule),
  );

it('finds nothing wrong with the real candidate', () => {
  for (const seed of seeds) {
    const report = checkHistory(historyOf(real, seed), { terms: 8, changes: 4, vacancy: 2 * ttl });
    expect(report.findings, `seed ${seed}`).toEqual([]);
  }
});

it('finds the two leaders that a candidate without a deadline makes', () => {
  expect(rulesBroken(naive())).toContain('one-leader');
});

it('finds a candidate that counts its tokens itself', () => {
  let count = 0n;
  const own = naive((token) => (token % 2n === 0n ? token : (count += 1n)));
  expect(rulesBroken(own)).toContain('tokens-rise');
});
