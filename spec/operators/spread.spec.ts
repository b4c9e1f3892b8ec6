import { map, merge, Observable, of, Subject, type Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, describeLeadership, type Leadership } from '../../lib/index.js';
import { spread } from '../../operators/spread.js';
import { whileLeader } from '../../operators/while-leader.js';
import { joining, leading, resigning, virtualElections, waiting } from '../../testing/index.js';
import { marbles } from './marbles.js';
import { twoTerms } from './two-terms.js';

const { term: A, states: two } = twoTerms();
const states = { ...two, r: resigning(), d: resigning(A) };

// prettier-ignore
it('leaves the race in the others when the last seat is taken, and joins again when one is free', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const first$ = hot('  --w--A-----i-----|', states);
    const second$ = cold('-j-w-----B--------', states);
    const [one$, two$] = spread([first$, second$], 1);
    expectObservable(one$!).toBe('--w--A-----i-----|', states);
    expectObservable(two$!).toBe('-j-w-r------j-w-----B', states);
    expectSubscriptions(second$.subscriptions).toBe(['^----!', '-----------^-----']);
  });
});

// prettier-ignore
it('keeps its seat while a term drains', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const first$ = hot('  --A--d---i-', states);
    const second$ = cold('w----', states);
    const [one$, two$] = spread([first$, second$], 1);
    expectObservable(one$!).toBe('--A--d---i-', states);
    expectObservable(two$!).toBe('w-r------w-', states);
    expectSubscriptions(second$.subscriptions).toBe(['^-!', '---------^-']);
  });
});

// prettier-ignore
it('never tells more than max to be elected, and says so when it is subscribed too late', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const first$ = hot(' --A-s-A----', states);
    const second$ = hot('--B--------', states);
    const third$ = hot(' --w--------', states);
    const [one$, two$, three$] = spread([first$, second$, third$], 1);
    expectObservable(one$!).toBe('--A-s-A----', states);
    expectObservable(two$!).toBe('--r--------', states);
    expectObservable(three$!, '-----^-----').toBe('-----r-----', states);
    expectSubscriptions(second$.subscriptions).toBe('^-!');
    expectSubscriptions(third$.subscriptions).toBe([]);
  });
});

// prettier-ignore
it('errors with an election, whose seat is free then', () => {
  marbles(({ hot, cold, expectObservable }) => {
    const first$ = hot('  --A--#', states);
    const second$ = cold('w-----', states);
    const [one$, two$] = spread([first$, second$], 1);
    expectObservable(one$!).toBe('--A--#', states);
    expectObservable(two$!).toBe('w-r--w', states);
  });
});

// prettier-ignore
it('what is out of the race ends with the first that completes, and joins nothing any more', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const first$ = hot('  --A--d--|', states);
    const second$ = cold('w--------', states);
    const [one$, two$] = spread([first$, second$], 1);
    expectObservable(one$!).toBe('--A--d--|', states);
    expectObservable(two$!).toBe('w-r-----|', states);
    expectSubscriptions(second$.subscriptions).toBe(['^-!']);
  });
});

it('what is in the race goes on when another one completes', () => {
  marbles(({ hot, expectObservable }) => {
    const first$ = hot('--A--|    ', states);
    const second$ = hot('-w-----B-', states);
    const [one$, two$] = spread([first$, second$], 2);
    expectObservable(one$!).toBe('--A--|', states);
    expectObservable(two$!).toBe('-w-----B-', states);
  });
});

it('starts anew after all have ended', () => {
  const election$ = of(joining());
  const [one$, two$] = spread([election$, election$], 1);
  const seen: string[] = [];
  for (let round = 0; round < 2; round += 1)
    merge(one$!, two$!).subscribe((leadership) => seen.push(leadership.state));
  expect(seen).toEqual(['joining', 'joining', 'joining', 'joining']);
});

it('gives its seat back when it is unsubscribed', () => {
  marbles(({ hot, cold, expectObservable }) => {
    const first$ = hot('  --A-----', states);
    const second$ = cold('w-------', states);
    const [one$, two$] = spread([first$, second$], 1);
    expectObservable(one$!, '-----!').toBe('--A---', states);
    expectObservable(two$!).toBe('w-r--w--', states);
  });
});

it('joins nothing again while all are unsubscribed', () => {
  let subscriptions = 0;
  const first$ = new Subject<Leadership>();
  const second$ = new Observable<Leadership>(() => void (subscriptions += 1));
  marbles(() => {
    const running = merge(...spread([first$, second$], 1)).subscribe();
    first$.next(leading(A));
    running.unsubscribe();
  });
  expect([subscriptions, first$.observed]).toEqual([1, false]);
});

it('tells of one only when all are elected at once, synchronously', () => {
  const elections = [1n, 2n, 3n].map((token) => of(waiting(), leading(token)));
  const seen: string[] = [];
  const told = spread(elections.map(goesOn), 2).map((election$, n) =>
    election$.pipe(map((leadership) => `${String(n)} ${describeLeadership(leadership)}`)),
  );
  merge(...told).subscribe((line) => seen.push(line));
  expect(seen).toEqual([
    '0 waiting, an unknown number ahead',
    '0 leading with token 1',
    '1 waiting, an unknown number ahead',
    '1 leading with token 2',
    '2 leaving',
  ]);
});

it('can be unsubscribed by its own value, and by that of another', () => {
  const subscriptions: Subscription[] = [];
  const [one$, two$] = spread([goesOn(of(leading(A))), goesOn(of(waiting()))], 1);
  const seen: string[] = [];
  const leave = ({ state }: Leadership) => {
    seen.push(state);
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
  subscriptions.push(two$!.subscribe(({ state }) => seen.push(`two ${state}`)));
  subscriptions.push(one$!.subscribe(leave));
  expect(seen).toEqual(['two waiting', 'two resigning', 'leading']);
});

it('refuses a max that is no count', () => {
  for (const max of [0, -1, 1.5, Infinity, NaN])
    expect(() => spread([], max)).toThrow(/max is .*, not a whole number of 1 or more/);
});

describe('with campaigns', () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];

  it('two processes share six elections, and when one ends, the other takes what it may', () => {
    const led = new Map<string, string>();
    const counts: number[][] = [];
    virtualElections(({ openStore, at }) => {
      const start = (id: string, max: number) => {
        const store = openStore();
        const elections = keys.map((key) => campaign(store, { key, id }));
        const works = spread(elections, max).map((leadership$) =>
          leadership$.pipe(
            whileLeader(
              ({ key }) =>
                new Observable<never>(() => {
                  expect(led.has(key)).toBe(false); // never two at once
                  led.set(key, id);
                  return () => led.delete(key);
                }),
            ),
          ),
        );
        return merge(...works).subscribe();
      };
      const count = () => {
        counts.push(['ann', 'bob'].map((id) => [...led.values()].filter((by) => by === id).length));
      };
      const ann = start('ann', 3);
      at(1, () => start('bob', 4));
      at(10_000, count);
      at(10_001, () => {
        ann.unsubscribe();
      });
      at(20_000, count);
      at(20_001, () => start('ann', 3));
      at(40_000, count);
    });
    expect(counts).toEqual([
      [3, 3],
      [0, 4],
      [2, 4],
    ]);
  });

  it('a hot until ends them all, also those that are out of the race', () => {
    const ended: boolean[] = [];
    virtualElections(({ openStore, at }) => {
      const until = new Subject<undefined>();
      const store = openStore();
      const elections = keys.map((key) => campaign(store, { key, id: 'ann', until }));
      merge(...spread(elections, 2)).subscribe({ complete: () => ended.push(true) });
      at(1_000, () => {
        until.next(undefined);
      });
      at(2_000, () => {
        expect(ended).toEqual([true]);
      });
    });
  });
});

/** As a campaign that was just asked: the states, and then nothing more. */
function goesOn(states$: Observable<Leadership>): Observable<Leadership> {
  return new Observable((subscriber) =>
    states$.subscribe((leadership) => {
      subscriber.next(leadership);
    }),
  );
}
