import { concat, finalize, merge, NEVER, Observable, of, take, tap, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { campaign, type Term } from '../../lib/index.js';
import { elected } from '../../operators/elected.js';
import { whileFollower } from '../../operators/while-follower.js';
import { whileLeader } from '../../operators/while-leader.js';
import { election, gone } from '../support/election.js';
import { inVirtualTime } from '../support/timeline.js';

type World = Parameters<Parameters<typeof inVirtualTime>[0]>[0];

/** Runs `body` in virtual time; what happened, as `frame: what`, with each release of the key. */
function story(body: (world: World, tell: (what: string) => void) => void): string[] {
  const events: string[] = [];
  inVirtualTime((world) => {
    const tell = (what: string) => events.push(`${String(world.store.clock.now())}: ${what}`);
    world.store.onRelease = () => tell('release');
    body(world, tell);
  });
  return events;
}

/** Work that never ends and tells when it is begun and stopped. */
const work = (name: string, tell: (what: string) => void) =>
  new Observable<never>(() => {
    tell(`${name} begins`);
    return () => {
      tell(`${name} stops`);
    };
  });

it('the work has stopped before the key is released, when the campaign is unsubscribed', () => {
  const events = story(({ store, at }, tell) => {
    const campaign$ = campaign(store, election);
    const running = campaign$.pipe(whileLeader(() => work('work', tell))).subscribe();
    at(10, () => store.claims[0]?.held(7n, store.lease()));
    at(20, () => {
      running.unsubscribe();
      tell('unsubscribed');
    });
  });
  expect(events).toEqual(['10: work begins', '20: work stops', '20: unsubscribed', '20: release']);
});

it('the work has stopped before the key is released, when a term is resigned', () => {
  const events = story(({ store, at }, tell) => {
    let term: Term | undefined;
    const led = whileLeader((led) => ((term = led), work('work', tell)));
    const running = campaign(store, { ...election, cooldown: 100 })
      .pipe(led)
      .subscribe();
    at(10, () => store.claims[0]?.held(7n, store.lease()));
    at(20, () => term?.resign());
    at(30, () => {
      running.unsubscribe();
    });
  });
  expect(events).toEqual(['10: work begins', '20: work stops', '20: release']);
});

it('work in waitUntil drains with the key held, also when the campaign is unsubscribed', () => {
  const events = story(({ store, at, scheduler }, tell) => {
    const draining = (term: Term) =>
      term.waitUntil(timer(100, scheduler).pipe(finalize(() => tell('work ends'))));
    const running = campaign(store, election).pipe(whileLeader(draining)).subscribe();
    at(10, () => store.claims[0]?.held(7n, store.lease()));
    at(20, () => {
      running.unsubscribe();
    });
  });
  expect(events).toEqual(['110: work ends', '110: release']);
});

it('failed work gives the key back, and its error goes to the result', () => {
  const events = story(({ store, at }, tell) => {
    const failing = () => {
      throw new Error('work');
    };
    campaign(store, election)
      .pipe(whileLeader(failing))
      .subscribe({ error: (error: unknown) => tell(String(error)) });
    at(10, () => store.claims[0]?.held(7n, store.lease()));
  });
  expect(events).toEqual(['10: Error: work', '10: release']);
});

it('with onError resign, failed work is an interruption, and the candidate joins again', () => {
  const { length } = story(({ store, at, record, seen }) => {
    const campaign$ = campaign(store, election);
    const watching = record(campaign$);
    const failing = () => {
      throw new Error('work');
    };
    const running = campaign$.pipe(whileLeader(failing, { onError: 'resign' })).subscribe();
    at(10, () => store.claims[0]?.held(7n, store.lease()));
    at(150, () => {
      running.unsubscribe();
      watching.unsubscribe();
      expect(seen).toEqual([
        '0: joining',
        '10: leading 7',
        '10: resigning work-failed',
        '10: interrupted work-failed work 100',
        '110: joining',
      ]);
    });
  });
  expect(length).toBe(2);
});

it('with onComplete resign, completed work hands the key on', () => {
  const events = story(({ store, at }, tell) => {
    const done = whileLeader(() => of('done'), { onComplete: 'resign' });
    const running = campaign(store, { ...election, cooldown: 100 })
      .pipe(done)
      .subscribe(tell);
    at(10, () => store.claims[0]?.held(7n, store.lease()));
    at(30, () => {
      running.unsubscribe();
    });
  });
  expect(events).toEqual(['10: done', '10: release']);
});

it('work of the follower and of the leader never overlap, in either direction', () => {
  const events = story(({ store, at }, tell) => {
    const campaign$ = campaign(store, election);
    const follower$ = campaign$.pipe(whileFollower(() => work('follower', tell)));
    const leader$ = campaign$.pipe(whileLeader(() => work('leader', tell)));
    const running = merge(follower$, leader$).subscribe();
    at(10, () => store.claims[0]?.held(7n, store.lease()));
    at(20, () => store.claims[0]?.fails(gone()));
    at(30, () => {
      running.unsubscribe();
    });
  });
  expect(events.filter((event) => !event.endsWith('release'))).toEqual([
    '0: follower begins',
    '10: follower stops',
    '10: leader begins',
    '20: leader stops',
    '20: follower begins',
    '30: follower stops',
  ]);
});

it('elected says false before the key is released, and at the end', () => {
  const events = story(({ store, at, scheduler }, tell) => {
    campaign(store, { ...election, until: timer(20, scheduler) })
      .pipe(elected())
      .subscribe({ next: (leads) => tell(String(leads)), complete: () => tell('complete') });
    at(10, () => store.claims[0]?.held(7n, store.lease()));
  });
  expect(events).toEqual(['0: false', '10: true', '20: false', '20: release', '21: complete']);
});

it('take(1) of the result ends the term', () => {
  const events = story(({ store, at }, tell) => {
    const working = (term: Term) => concat(of(String(term.token)), NEVER).pipe(tap(tell));
    campaign(store, election).pipe(whileLeader(working), take(1)).subscribe();
    at(10, () => store.claims[0]?.held(7n, store.lease()));
  });
  expect(events).toEqual(['10: 7', '10: release']);
});
