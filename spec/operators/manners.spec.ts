import {
  EMPTY,
  NEVER,
  Observable,
  of,
  queueScheduler,
  Subject,
  Subscription,
  take,
  throwError,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import * as operators from '../../operators/index.js';
import { fakeTerm, leading, led, vacant, waiting } from '../../testing/index.js';
import type { OperatorFunction } from 'rxjs';
import type { Leadership } from '../../lib/leadership.js';

/*
 * What every operator owes to RxJS, whatever it does. Each is applied so that every value of
 * `source` leads to at least one of the result.
 */

interface Case {
  readonly apply: () => OperatorFunction<unknown, unknown>;
  /** Three values that pass. */
  readonly values: readonly unknown[];
  /** What is emitted at the end of the source, or at its error, anyway. */
  readonly last?: unknown[];
}

const term = fakeTerm();
const inTerm$ = new Observable<ReturnType<typeof leading>>((subscriber) => {
  subscriber.next(leading(term)); // and goes on
});
const use = (operator: unknown) => () => operator as OperatorFunction<unknown, unknown>;
const termStates = () => [1n, 2n, 3n].map((token) => leading(token));
const leaders = [led('ann', 1n), led('bob', 2n), led('cleo', 3n)];
const fenced = [{ token: 1n }, { token: 2n }, { token: 3n }];
const connection$ = new Observable<string>((subscriber) => {
  subscriber.next('connection');
});

const cases: Record<string, Case> = {
  admitByToken: { apply: use(operators.admitByToken()), values: fenced },
  allLeading: {
    apply: () => (source$) => operators.allLeading(source$ as Observable<Leadership>),
    values: termStates(),
  },
  'allLeading of two': {
    apply: () => (source$) => operators.allLeading(source$ as Observable<Leadership>, inTerm$),
    values: termStates(),
  },
  anyLeading: {
    apply: () => (source$) => operators.anyLeading(source$ as Observable<Leadership>),
    values: termStates(),
    last: [],
  },
  elected: {
    apply: use(operators.elected()),
    values: [waiting(), leading(1n), waiting()],
    last: [],
  },
  gateByLeadership: { apply: use(operators.gateByLeadership(inTerm$)), values: [1, 2, 3] },
  giveUpAfter: { apply: use(operators.giveUpAfter(60_000)), values: termStates() },
  leaderChanges: { apply: use(operators.leaderChanges()), values: leaders },
  logLeadership: {
    apply: use(operators.logLeadership({ info: () => undefined, warn: () => undefined }, 'jobs')),
    values: termStates(),
  },
  onlyLeader: { apply: use(operators.onlyLeader()), values: leaders },
  resignAfter: { apply: use(operators.resignAfter(60_000)), values: termStates() },
  resignOnUnhealthy: { apply: use(operators.resignOnUnhealthy(NEVER)), values: termStates() },
  resignWhen: { apply: use(operators.resignWhen(NEVER)), values: termStates() },
  retryCampaign: {
    apply: use(operators.retryCampaign({ giveUp: () => true })),
    values: termStates(),
  },
  sendToLeader: {
    apply: use(operators.sendToLeader(connection$, (_connection, request) => of(request))),
    values: [1, 2, 3],
  },
  tapLeadership: { apply: use(operators.tapLeadership({})), values: termStates() },
  terms: { apply: use(operators.terms()), values: termStates() },
  toLeader: {
    apply: use(operators.toLeader(({ id }) => of(id))),
    values: leaders,
    last: [undefined],
  },
  whileFollower: {
    apply: use(operators.whileFollower(() => of('work'))),
    values: [waiting(), leading(1n), waiting()],
  },
  whileLeader: { apply: use(operators.whileLeader(() => of('work'))), values: termStates() },
  whileVacant: {
    apply: use(operators.whileVacant(() => of('alarm'), 0, queueScheduler)),
    values: [vacant(), led('ann'), vacant()],
  },
  withFencing: { apply: use(operators.withFencing(term)), values: [1, 2, 3] },
};

it('has a case for each operator', () => {
  const others = [
    ...['askToStepDown', 'firstTerm', 'spread', 'stepDownRequests', 'termsOf', 'toAsyncIterable'],
  ];
  expect(Object.keys(operators).filter((name) => !others.includes(name))).toEqual(
    Object.keys(cases).filter((name) => !name.includes(' ')),
  );
});

describe.each(Object.entries(cases))('%s', (_name, { apply, values, last }) => {
  const record = (source$: Observable<unknown>) => {
    const seen: unknown[] = [];
    const subscription = source$.pipe(apply()).subscribe({
      next: () => seen.push('next'),
      error: (error: unknown) => seen.push(error),
      complete: () => seen.push('complete'),
    });
    return { seen, subscription };
  };

  it('subscribes to nothing before it is subscribed, and once then', () => {
    let subscriptions = 0;
    const source$ = new Observable<unknown>(() => void (subscriptions += 1));
    const result$ = source$.pipe(apply());
    expect(subscriptions).toBe(0);
    result$.subscribe();
    expect(subscriptions).toBe(1);
  });

  it('completes with its source, and lets go of it', () => {
    const source$ = new Subject<unknown>();
    const { seen } = record(source$);
    source$.complete();
    expect(seen.at(-1)).toBe('complete');
    expect(record(EMPTY).seen.at(-1)).toBe('complete');
  });

  it('errors with its source', () => {
    const failure = new Error('source');
    const source$ = new Subject<unknown>();
    const { seen } = record(source$);
    source$.error(failure);
    expect(seen.at(-1)).toBe(failure);
    expect(record(throwError(() => failure)).seen.at(-1)).toBe(failure);
  });

  it('gives all back when it is unsubscribed', () => {
    const source$ = new Subject<unknown>();
    const { seen, subscription } = record(source$);
    source$.next(values[0]);
    const before = seen.length;
    subscription.unsubscribe();
    expect(source$.observed).toBe(false);
    source$.next(values[1]);
    expect(seen).toHaveLength(before);
  });

  it('stops listening to a synchronous source when unsubscribed', () => {
    let emitted = 0;
    const source$ = new Observable<unknown>((subscriber) => {
      for (const value of values) {
        if (subscriber.closed) return;
        emitted += 1;
        subscriber.next(value);
      }
    });
    source$.pipe(apply(), take(1)).subscribe();
    expect(emitted).toBeLessThan(values.length);
    emitted = 0;
    source$.pipe(apply()).subscribe();
    expect(emitted).toBe(values.length);
  });

  it('can be unsubscribed by its own value', () => {
    const source$ = new Subject<unknown>();
    const subscription = new Subscription();
    let seen = 0;
    subscription.add(
      source$.pipe(apply()).subscribe(() => {
        seen += 1;
        subscription.unsubscribe();
      }),
    );
    for (const value of values) source$.next(value);
    expect(seen).toBe(1);
    expect(source$.observed).toBe(false);
  });

  it('starts anew for each subscriber', () => {
    const source$ = new Observable<unknown>((subscriber) => {
      for (const value of values) subscriber.next(value);
      subscriber.complete();
    });
    const [first, second] = [record(source$).seen, record(source$).seen];
    expect(first.length).toBeGreaterThan(last?.length ?? 0);
    expect(second).toEqual(first);
  });

  it('goes on with what comes while it delivers', () => {
    const source$ = new Subject<unknown>();
    let seen = 0;
    source$.pipe(apply()).subscribe(() => {
      seen += 1;
      if (seen === 1) for (const value of values.slice(1)) source$.next(value);
    });
    source$.next(values[0]);
    expect(seen).toBeGreaterThan(1);
  });

  it('does nothing with a source that says nothing', () => {
    const { seen, subscription } = record(NEVER);
    expect(seen).toEqual([]);
    subscription.unsubscribe();
  });
});
