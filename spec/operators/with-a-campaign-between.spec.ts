import { finalize, map, NEVER, Observable, pipe, timer, type MonoTypeOperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, type Leadership, type Term } from '../../lib/index.js';
import * as operators from '../../operators/index.js';
import { fakeTerm, leading } from '../../testing/index.js';
import { election } from '../support/election.js';
import { inVirtualTime } from '../support/timeline.js';

const { allLeading, anyLeading } = operators;
const { giveUpAfter, resignAfter, resignOnUnhealthy, resignWhen } = operators;
const { retryCampaign, spread, tapLeadership, whileLeader } = operators;

/** Another election, which is led all the time. */
const led$ = new Observable<Leadership>((subscriber) => {
  const term = fakeTerm({ token: 1n });
  subscriber.next(leading(term));
  return () => {
    term.end();
  };
});

/** Everything that may stand between a campaign and its work. */
const between: Record<string, MonoTypeOperatorFunction<Leadership>> = {
  nothing: pipe(map((leadership) => leadership)),
  'allLeading of one': (leadership$) => allLeading(leadership$),
  'allLeading, as the first': (leadership$) => allLeading(leadership$, led$),
  'allLeading, as the second': (leadership$) => allLeading(led$, leadership$),
  anyLeading: (leadership$) => anyLeading(leadership$, NEVER),
  giveUpAfter: giveUpAfter(5_000),
  resignAfter: resignAfter(5_000),
  resignOnUnhealthy: resignOnUnhealthy(NEVER),
  resignWhen: resignWhen(NEVER),
  retryCampaign: retryCampaign(),
  spread: (leadership$) => spread([leadership$], 1)[0] ?? NEVER,
  tapLeadership: tapLeadership({}),
};

describe.each(Object.entries(between))('with %s between', (_name, operator) => {
  it('the work has stopped before the key is released, when all is unsubscribed', () => {
    const events: string[] = [];
    inVirtualTime(({ store, at }) => {
      store.onRelease = () => events.push('release');
      const work = () => new Observable<never>(() => () => events.push('work stops'));
      const running = campaign(store, election).pipe(operator, whileLeader(work)).subscribe();
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => {
        running.unsubscribe();
      });
    });
    expect(events).toEqual(['work stops', 'release']);
  });

  it('work in waitUntil drains with the key held, when all is unsubscribed', () => {
    const events: string[] = [];
    inVirtualTime(({ store, at, scheduler }) => {
      const tell = (what: string) => events.push(`${String(store.clock.now())}: ${what}`);
      store.onRelease = () => tell('release');
      const draining = (term: Term) =>
        term.waitUntil(timer(100, scheduler).pipe(finalize(() => tell('work ends'))));
      const running = campaign(store, election).pipe(operator, whileLeader(draining)).subscribe();
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => {
        running.unsubscribe();
      });
    });
    expect(events).toEqual(['110: work ends', '110: release']);
  });
});
