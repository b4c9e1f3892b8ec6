import {
  BehaviorSubject,
  concat,
  delay,
  EMPTY,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  throwError,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { LeadershipError } from '../../lib/errors.js';
import { sendToLeader } from '../../operators/send-to-leader.js';
import { marbles } from './marbles.js';

const links = { u: undefined, x: 'x', y: 'y' };
const errorOf = (code: string): unknown => expect.objectContaining({ code });
/** Answers after two frames: who answered, and what. */
const ask = (link: string, request: string) => of(link + request).pipe(delay(2));
const answers = { a: 'x1', b: 'x2', c: 'y2', d: 'y3', e: 'y1' };

// prettier-ignore
it('sends at once to whoever leads, any number at a time', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const link$ = hot('   u-x----------u-y----', links);
    const request$ = hot('----12----------3---|');
    const expected =     '------ab----------d-|';
    expectObservable(request$.pipe(sendToLeader(link$, ask))).toBe(expected, answers);
    expectSubscriptions(link$.subscriptions).toBe('^-------------------!');
    expectSubscriptions(request$.subscriptions).toBe('^-------------------!');
  });
});

// prettier-ignore
it('waits while nobody leads, and while nothing is known yet', () => {
  marbles(({ hot, expectObservable }) => {
    const unknown$ = hot('------x----', links);
    const vacant$ = hot(' u-----x----', links);
    const request$ = hot('-1--2|');
    expectObservable(request$.pipe(sendToLeader(unknown$, ask))).toBe('--------(ab|)', answers);
    expectObservable(request$.pipe(sendToLeader(vacant$, ask))).toBe('--------(ab|)', answers);
  });
});

// prettier-ignore
it('fails a request that has waited too long', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const link$ = hot('   x--u---', links);
    const request$ = hot('----1-------2');
    const expected =     '----- 5ms #';
    const sent$ = request$.pipe(sendToLeader(link$, ask, { timeout: 6 }));
    expectObservable(sent$).toBe(expected, {}, errorOf('no-leader'));
    expectSubscriptions(link$.subscriptions).toBe('^---------!');
  });
});

// prettier-ignore
it('counts the time anew when it waits again', () => {
  marbles(({ hot, expectObservable }) => {
    const link$ = hot('   u---x-u---y---', links);
    const request$ = hot('-1|');
    const options = { timeout: 5, onLeaderChange: 'resend' } as const;
    const slow = (link: string, request: string) => of(link + request).pipe(delay(4));
    expectObservable(request$.pipe(sendToLeader(link$, slow, options))).toBe('--------------(e|)', answers);
  });
});

// prettier-ignore
it('fails at once when no leader can be known any more', () => {
  marbles(({ hot, expectObservable }) => {
    const ends$ = hot('   u--|', links);
    const request$ = hot('-1------|');
    const late$ = hot('   -----1--|');
    const no = errorOf('no-leader');
    expectObservable(request$.pipe(sendToLeader(ends$, ask))).toBe('---#', {}, no);
    expectObservable(late$.pipe(sendToLeader(ends$, ask))).toBe('-----#', {}, no);
  });
});

// prettier-ignore
it('goes on with the last connection when its Observable ends', () => {
  marbles(({ hot, expectObservable }) => {
    const link$ = hot('   x-|', links);
    const request$ = hot('-1---2-|');
    expectObservable(request$.pipe(sendToLeader(link$, ask))).toBe('---a---(b|)', answers);
  });
});

it('lets no more wait than the limit, and each that is sent makes room', () => {
  const link$ = new BehaviorSubject<string | undefined>(undefined);
  const request$ = new Subject<string>();
  const seen: unknown[] = [];
  const onError = (error: unknown, request: string) =>
    of(`${(error as LeadershipError).code} ${request}`);
  request$
    .pipe(sendToLeader(link$, (link, request) => of(link + request), { limit: 2, onError }))
    .subscribe((answer) => seen.push(answer));
  for (const request of ['1', '2', '3']) request$.next(request);
  expect(seen).toEqual(['overflow 3']);
  link$.next('x');
  expect(seen).toEqual(['overflow 3', 'x1', 'x2']);
  link$.next(undefined);
  for (const request of ['4', '5', '6']) request$.next(request);
  expect(seen.slice(3)).toEqual(['overflow 6']);
});

describe('when the leader changes before the answer is complete', () => {
  // prettier-ignore
  it('the request fails, since it may have been carried out', () => {
    marbles(({ hot, expectObservable }) => {
      const request$ = hot('-1------|');
      const changed = errorOf('leader-changed');
      for (const links$ of ['x-y-----', 'x-u-y---'])
        expectObservable(request$.pipe(sendToLeader(hot(links$, links), ask))).toBe('--#', {}, changed);
    });
  });

  // prettier-ignore
  it('or is sent to the next one, if told so', () => {
    marbles(({ hot, expectObservable }) => {
      const link$ = hot('   x-u-y---', links);
      const request$ = hot('-1------|');
      const resent$ = request$.pipe(sendToLeader(link$, ask, { onLeaderChange: 'resend' }));
      expectObservable(resent$).toBe('------e-|', answers);
    });
  });

  it('the request to the former leader is cancelled', () => {
    const link$ = new BehaviorSubject<string | undefined>('x');
    const cancelled: string[] = [];
    const send = (link: string) =>
      new Observable<never>(() => () => {
        cancelled.push(link);
      });
    of('1')
      .pipe(sendToLeader(link$, send, { onLeaderChange: 'resend' }))
      .subscribe();
    link$.next(undefined);
    expect(cancelled).toEqual(['x']);
  });

  it('answers that came before stay, and a complete answer is not touched', () => {
    const link$ = new BehaviorSubject<string | undefined>('x');
    const send = vi.fn((link: string, n: number) =>
      concat(of(`${link}${String(n)}`), n === 1 ? EMPTY : NEVER),
    );
    const seen: unknown[] = [];
    of(1, 2)
      .pipe(sendToLeader(link$, send, { onLeaderChange: 'resend' }))
      .subscribe((answer) => seen.push(answer));
    link$.next('y');
    expect(seen).toEqual(['x1', 'x2', 'y2']);
    expect(send).toHaveBeenCalledTimes(3);
  });
});

describe('what fails', () => {
  const failure = new Error('refused');

  // prettier-ignore
  it('a failed request ends the result, unless onError has an answer', () => {
    marbles(({ hot, expectObservable }) => {
      const link$ = hot('   x---------', links);
      const request$ = hot('-1--2--3-|');
      const send = (_link: string, request: string) => {
        if (request === '2') throw failure;
        return of(request);
      };
      expectObservable(request$.pipe(sendToLeader(link$, send))).toBe('-1--#', undefined, failure);
      const onError = (error: unknown) => of((error as Error).message);
      const all$ = request$.pipe(sendToLeader(link$, send, { onError }));
      expectObservable(all$).toBe('-1--r--3-|', { 1: '1', r: 'refused', 3: '3' });
      const other = new Error('onError');
      const worse = { onError: () => throwError(() => other) };
      expectObservable(request$.pipe(sendToLeader(link$, send, worse))).toBe('-1--#', undefined, other);
    });
  });

  // prettier-ignore
  it('an error of the connections is that of the requests from then on', () => {
    marbles(({ hot, expectObservable }) => {
      const link$ = hot('   u--#', links);
      const waits$ = hot('  -1------|');
      const later$ = hot('  ------1-|');
      const none$ = hot('   --------|');
      expectObservable(waits$.pipe(sendToLeader(link$, ask))).toBe('---#');
      expectObservable(later$.pipe(sendToLeader(link$, ask))).toBe('------#');
      expectObservable(none$.pipe(sendToLeader(link$, ask))).toBe('--------|');
    });
  });

  it('bad options are refused at the call', () => {
    const call = (options: object) => () => sendToLeader(NEVER, () => NEVER, options);
    expect(call({ timeout: -1 })).toThrow(/timeout is -1/);
    expect(call({ limit: 0 })).toThrow(/limit is 0, not a whole number of 1 or more/);
    expect(call({ onLeaderChange: 'wait' })).toThrow(
      /onLeaderChange is wait, not "fail" or "resend"/,
    );
    expect(call({ limit: 0.5 })).toThrow(LeadershipError);
  });
});

// prettier-ignore
it('cancels all and closes the connection when it is unsubscribed', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const link$ = hot('   x--u------', links);
    const request$ = hot('-1---2----');
    const answer$ = cold( '-a----');
    const unsub =        '-------!';
    const sent$ = request$.pipe(sendToLeader(link$, () => answer$, { onLeaderChange: 'resend' }));
    expectObservable(sent$, unsub).toBe('--a-----');
    expectSubscriptions(answer$.subscriptions).toBe('-^-!');
    expectSubscriptions(link$.subscriptions).toBe('^------!');
  });
});

it('sends to one leader only what another answer leads to', () => {
  const link$ = new BehaviorSubject<string | undefined>('x');
  const request$ = new Subject<number>();
  const seen: string[] = [];
  const send = (link: string, n: number) => of(`${link}${String(n)}`, `${link}${String(n)}'`);
  request$.pipe(sendToLeader(link$, send, { onLeaderChange: 'resend' })).subscribe((answer) => {
    seen.push(answer);
    if (answer === 'x1') link$.next('y');
  });
  request$.next(1);
  expect(seen).toEqual(['x1', 'y1', "y1'"]);
});

it('infers requests, connections and answers', () => {
  const link$ = NEVER as Observable<{ post(n: number): Promise<string> } | undefined>;
  const sent$: Observable<string> = of(1).pipe(sendToLeader(link$, (link, n) => link.post(n)));
  expect(sent$.pipe(map((answer) => answer.length))).toBeInstanceOf(Observable);
});
