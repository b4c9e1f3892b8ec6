import { concat, distinctUntilChanged, filter, mergeMap, switchMap, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, follow, isLeadershipError, type Settlement } from '../../lib/index.js';
import { Chance } from '../../testing/chance.js';
import {
  checkHistory,
  faultyStore,
  HistoryRecorder,
  storeFaults,
  underFaults,
  virtualElections,
  type FaultyStoreOptions,
  type StoreFault,
} from '../../testing/index.js';

const ttl = 2_000;
const key = 'key';

/** Three candidates that hand over now and then, and a follower, each on a faulty store. */
function election(seed: number, options: FaultyStoreOptions = {}) {
  const recorder = new HistoryRecorder();
  const done: string[] = [];
  virtualElections(
    ({ openStore, scheduler, at }) => {
      const open = (nth: number) =>
        faultyStore(openStore({ ttl, latency: 5 }), { ...options, seed: 10 * seed + nth });
      const stores = ['a', 'b', 'c'].map((who, nth) => {
        const store = open(nth);
        const chance = new Chance(seed);
        const random = () => chance.next();
        campaign(store, { key, id: who, retry: { initial: 100, longest: 500, random } })
          .pipe(
            recorder.record({ who, store }),
            filter((leadership) => leadership.elected),
            distinctUntilChanged((before, now) => before.term === now.term),
            switchMap(({ term }) => timer(3_000, scheduler).pipe(tap(() => term.resign()))),
          )
          .subscribe();
        return store;
      });
      const follower = open(9);
      follow(follower, key).subscribe(({ leader }) =>
        recorder.write({ t: scheduler.now(), who: 'f', key, e: 'view', token: leader?.token }),
      );
      at(59_000, () => done.push(...[...stores, follower].flatMap((store) => store.done)));
    },
    { trace: false },
  );
  return { records: recorder.records, done };
}

const words: Readonly<Record<StoreFault, RegExp>> = {
  'late-claim': / late$/u,
  'lost-claim': /its answer is lost$/u,
  'lost-session': /its session is lost$/u,
  'lost-renewals': /renewals are lost for/u,
  'lost-release': /the answer to its release is lost$/u,
  'frozen-watch': /number \d+: (frozen|stale|flows)$/u,
};
const countOf = (fault: StoreFault, done: readonly string[]) =>
  done.filter((what) => words[fault].test(what)).length;

describe('faultyStore', () => {
  it('breaks no promise: programs that are right on any store are right on it', () => {
    const all: string[] = [];
    for (let seed = 1; seed <= 40; seed += 1) {
      const { records, done } = election(seed, { likelihood: 0.3 });
      const report = checkHistory(records, { terms: 5, changes: 3, vacancy: 4 * ttl });
      expect(report.findings, `seed ${seed}`).toEqual([]);
      all.push(...done);
    }
    for (const fault of storeFaults) expect(countOf(fault, all), fault).toBeGreaterThan(20);
  });

  it('does the same things again with the same seed, and others with another', () => {
    const one = election(1);
    expect(one.done.length).toBeGreaterThan(10);
    expect(election(1)).toEqual(one);
    expect(election(2).done).not.toEqual(one.done);
  });

  it.each(storeFaults)('can be told to do nothing but %s', (fault) => {
    const { done } = election(3, { faults: [fault], likelihood: 1 });
    expect(done.length).toBeGreaterThan(0);
    expect(countOf(fault, done)).toBe(done.length);
  });

  it('does nothing when nothing is likely, and refuses what is no likelihood', () => {
    expect(election(1, { likelihood: 0 }).done).toEqual([]);
    virtualElections(({ openStore }) => {
      expect(() => faultyStore(openStore(), { likelihood: 2 })).toThrow('[invalid-option]');
    });
  });

  it('throws at the call what the store has against the arguments', () => {
    virtualElections(({ openStore }) => {
      expect(() => faultyStore(openStore()).lock('', { id: 'me' })).toThrow('[invalid-option]');
    });
  });
});

describe('what a claim is told', () => {
  /** States and end of one claim, alone on its store, with one fault. */
  function told(fault: StoreFault, seed = 1) {
    const seen: string[] = [];
    const outcomes: Settlement['outcome'][] = [];
    virtualElections(
      ({ openStore, scheduler }) => {
        const store = faultyStore(openStore({ ttl }), { seed, likelihood: 1, faults: [fault] });
        const write = (what: string) => seen.push(`${scheduler.now()} ${what}`);
        const settled = ({ outcome }: Settlement) => outcomes.push(outcome);
        const told$ = store
          .lock(key, { id: 'me', settled })
          .pipe(
            mergeMap((state) =>
              concat([state.status], state.status === 'held' ? state.lease.state$ : []),
            ),
          );
        told$.subscribe({
          next: write,
          error: (error: unknown) => write(isLeadershipError(error) ? error.code : 'no code'),
        });
      },
      { until: 20_000 },
    );
    return { seen, outcomes };
  }

  it('late: the same states', () => {
    expect(told('late-claim').seen[0]).toMatch(/^[1-9]\d* held$/u);
  });

  it('a lost answer: that the store is out of reach, within the ttl, and no state before', () => {
    const { seen, outcomes } = told('lost-claim');
    expect(seen).toEqual([expect.stringMatching(/^\d+ store-unreachable$/u)]);
    expect(Number.parseInt(seen[0]!)).toBeLessThanOrEqual(ttl);
    expect(outcomes).toEqual(['released']);
  });

  it('lost renewals: suspended, and over when they last longer than the lease', () => {
    const runs = Array.from({ length: 20 }, (_, seed) =>
      told('lost-renewals', seed).seen.map((what) => what.split(' ')[1]),
    );
    const closed = ['leaving', 'over', 'lease-expired']; // a claim that does not leave when asked to
    expect(runs).toContainEqual(['held', 'live', 'suspended', 'live', ...closed]);
    expect(runs).toContainEqual(['held', 'live', 'suspended', 'over', 'lease-expired']);
  });

  it('a lost release: that it is abandoned', () => {
    expect(told('lost-release').outcomes).toEqual(['abandoned']);
  });
});

describe('underFaults', () => {
  const failing = (run: () => unknown, seed?: number) => {
    try {
      run();
    } catch (error) {
      return error as Error;
    }
    throw new Error(`did not fail with seed ${String(seed)}`);
  };

  it('returns what the test returns, and gives it its seed', async () => {
    expect(underFaults((_faulty, seed) => seed, 5)).toBe(5);
    expect(await underFaults((_faulty, seed) => Promise.resolve(seed), 6)).toBe(6);
  });

  it('tells of a failure with which seed it comes again, and what went wrong', () => {
    const error = failing(() =>
      underFaults((faulty) => {
        virtualElections(({ openStore }) => {
          const store = faulty(openStore({ ttl }), { likelihood: 1, faults: ['lost-claim'] });
          campaign(store, { key, id: 'me' }).subscribe();
        });
        expect(1).toBe(2);
      }, 7),
    );
    expect(error.message).toMatch(/^expected 1 to be 2/u);
    expect(error.message).toContain('seed 7 (to repeat: RX_LEADERSHIP_SEED=7)');
    expect(error.message).toMatch(/store 1: \d+ claim 1, "me" on "key": its answer is lost/u);
    expect(error.stack).toContain('seed 7');
  });

  it('does so of promises too, and of what is no error', async () => {
    const rejected = underFaults(() => Promise.reject(new Error('why')), 8);
    await expect(rejected).rejects.toThrow(/^why\nunder faults, seed 8/u);
    const odd = failing(() =>
      underFaults(() => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what tests do
        throw 'odd';
      }, 9),
    );
    expect(odd.message).toMatch(/^odd\nunder faults, seed 9/u);
  });
});
