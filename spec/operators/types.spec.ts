import { interval, map, NEVER, of, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import * as rx from '../../index.js';
import { watchdog } from '../../watchdog/index.js';

// Checked by the compiler: what infers without an annotation, and what a check narrows.

const leadership$: Observable<rx.Leadership> = NEVER;
const view$: Observable<rx.LeaderView> = NEVER;

describe('types', () => {
  it('of a leadership are narrowed by elected, and by state', () => {
    leadership$.subscribe((leadership) => {
      if (leadership.elected) {
        expectTypeOf(leadership.term).toEqualTypeOf<rx.Term>();
        expectTypeOf(leadership.state).toEqualTypeOf<'leading' | 'suspended'>();
      } else {
        expectTypeOf(leadership).not.toHaveProperty('term');
        if (leadership.state === 'interrupted') {
          expectTypeOf(leadership.retryIn).toEqualTypeOf<number>();
          expectTypeOf(leadership.error).toEqualTypeOf<unknown>();
        }
        if (leadership.state === 'waiting')
          expectTypeOf(leadership.ahead).toEqualTypeOf<number | undefined>();
      }
    });
  });

  it('of a view are narrowed by leader', () => {
    view$.subscribe(({ leader }) => {
      expectTypeOf(leader).toEqualTypeOf<rx.LeaderRecord | undefined>();
      if (leader !== undefined) expectTypeOf(leader.token).toEqualTypeOf<bigint>();
    });
  });

  it('of operators on a leadership are inferred', () => {
    const work$ = leadership$.pipe(
      rx.whileLeader((term) => {
        expectTypeOf(term).toEqualTypeOf<rx.Term>();
        return interval(1).pipe(map((n) => ({ n, token: term.token })));
      }),
    );
    expectTypeOf(work$).toEqualTypeOf<Observable<{ n: number; token: bigint }>>();
    expectTypeOf(leadership$.pipe(rx.whileLeader(() => Promise.resolve('x')))).toEqualTypeOf<
      Observable<string>
    >();
    expectTypeOf(leadership$.pipe(rx.whileFollower(() => [1]))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(leadership$.pipe(rx.elected())).toEqualTypeOf<Observable<boolean>>();
    expectTypeOf(leadership$.pipe(rx.terms())).toEqualTypeOf<Observable<rx.Term>>();
    const passed$ = leadership$.pipe(
      rx.resignWhen(({ signal }) => (signal.aborted ? of(1) : NEVER)),
      rx.resignAfter(1),
      rx.resignOnUnhealthy(of(true)),
      rx.giveUpAfter(1),
      rx.retryCampaign(),
      rx.tapLeadership({ elected: ({ token }) => expectTypeOf(token).toEqualTypeOf<bigint>() }),
      watchdog(),
    );
    expectTypeOf(passed$).toEqualTypeOf<Observable<rx.Leadership>>();
    expectTypeOf(rx.firstTerm(leadership$)).toEqualTypeOf<Promise<rx.Term>>();
  });

  it('of several elections are those of one', () => {
    expectTypeOf(rx.allLeading(leadership$, leadership$)).toEqualTypeOf(leadership$);
    expectTypeOf(rx.anyLeading(leadership$, leadership$)).toEqualTypeOf(leadership$);
    expectTypeOf(rx.spread([leadership$], 1)).toEqualTypeOf<readonly Observable<rx.Leadership>[]>();
  });

  it('of operators on views are inferred', () => {
    expectTypeOf(view$.pipe(rx.leaderChanges())).toEqualTypeOf<Observable<rx.LeaderChange>>();
    expectTypeOf(view$.pipe(rx.onlyLeader())).toEqualTypeOf<Observable<rx.LeaderRecord>>();
    expectTypeOf(view$.pipe(rx.whileVacant(() => ['x'], 1))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(view$.pipe(rx.tapLeadership({ leaderChanged: () => undefined }))).toEqualTypeOf(
      view$,
    );
    const connection$ = view$.pipe(rx.toLeader(({ data }) => of(new URL(data ?? ''))));
    expectTypeOf(connection$).toEqualTypeOf<Observable<URL | undefined>>();
    const answers$ = of(1).pipe(
      rx.sendToLeader(connection$, (url, request) => of(`${url.href}${request}`)),
    );
    expectTypeOf(answers$).toEqualTypeOf<Observable<string>>();
  });

  it('of values are kept', () => {
    expectTypeOf(of('x').pipe(rx.gateByLeadership(leadership$))).toEqualTypeOf<
      Observable<string>
    >();
    const fenced$ = of('x').pipe(rx.withFencing({ token: 1n }));
    expectTypeOf(fenced$).toEqualTypeOf<Observable<rx.Fenced<string>>>();
    expectTypeOf(fenced$.pipe(rx.admitByToken())).toEqualTypeOf(fenced$);
    expectTypeOf(rx.toAsyncIterable(of(1))).toEqualTypeOf<AsyncIterable<number>>();
  });
});
