import { interval, map, NEVER } from 'rxjs';
import { expect, it } from 'vitest';
import { campaign, follow, type Leadership } from '../../lib/index.js';
import { virtualElections } from '../../testing/index.js';

const options = { key: 'key', id: 'me' };
const state = map(({ state }: Leadership) => state);

it('runs marbles of elections in virtual time', () => {
  virtualElections(({ openStore, expectObservable }) => {
    const states$ = campaign(openStore(), options).pipe(state);
    expectObservable(states$, '^ 9ms !').toBe('(jl)', { j: 'joining', l: 'leading' });
  });
});

it('plays several processes on one server, with its faults', () => {
  const values = { j: 'joining', l: 'leading', w: 'waiting', s: 'suspended' };
  virtualElections(({ openStore, expectObservable, server, at }) => {
    const [one, two] = [openStore({ ttl: 4_000 }), openStore({ ttl: 4_000 })];
    const one$ = campaign(one, options).pipe(state);
    const two$ = campaign(two, options).pipe(state);
    at(5_000, () => server.cut(one));
    expectObservable(one$, '^ 5999ms !').toBe('(jl) 5496ms s', values);
    expectObservable(two$, '^ 8999ms !').toBe('(jw) 7996ms l', values);
  });
});

it('closes every store at the end, and so ends what the test has left running', () => {
  const events: string[] = [];
  const write = (what: string) => ({
    next: (value: string) => events.push(`${what} ${value}`),
    complete: () => events.push(`${what} complete`),
  });
  virtualElections(
    ({ openStore, at }) => {
      const store = openStore();
      const leader$ = follow(store, 'key').pipe(map(({ leader }) => leader?.id ?? 'vacant'));
      leader$.subscribe(write('follower'));
      at(1, () => campaign(store, options).pipe(state).subscribe(write('campaign')));
      at(99, () => events.push('until'));
    },
    { until: 100 },
  );
  expect(events).toEqual([
    ...['follower vacant', 'campaign joining', 'follower me', 'campaign leading', 'until'],
    ...['campaign resigning', 'follower vacant', 'campaign complete', 'follower complete'],
  ]);
});

it('reports a timer that is left over, by the line that started it, instead of hanging', () => {
  const leaking = () => virtualElections(() => interval(1_000).subscribe());
  expect(leaking).toThrow(/leak: 1 still scheduled at frame 120000/);
  expect(leaking).toThrow(/virtual-elections\.spec\.ts:\d+/);
  expect(leaking).not.toThrow(/node_modules/);
});

it('reports every leak, with when it is due', () => {
  const leaking = () =>
    virtualElections(
      ({ scheduler, openStore }) => {
        const ended = { error: () => undefined }; // no leak: the store ends it
        openStore().lock('key', { id: 'me' }).subscribe(ended);
        interval(70, scheduler).subscribe();
        scheduler.schedule(() => undefined, 1_000_000);
      },
      { until: 100, patience: 20_000 },
    );
  expect(leaking).toThrow(/2 still scheduled/);
  expect(leaking).toThrow(/due at frame 1000000/);
});

it('fails when marbles differ, and says what came', () => {
  const different = () =>
    virtualElections(({ expectObservable }) => {
      expectObservable(NEVER).toBe('a', { a: 1n });
    });
  expect(different).toThrow(/expected: \[.*"1n"/);
});

it('returns what the test returned, and throws what it threw', () => {
  expect(virtualElections(() => 42)).toBe(42);
  expect(() =>
    virtualElections(({ at }) => {
      at(5, () => {
        throw new Error('from an action');
      });
    }),
  ).toThrow('from an action');
});
