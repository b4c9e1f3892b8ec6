import { EMPTY, finalize, NEVER, Subject, switchMap, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, LeadershipError, type LeadershipStore } from '../../lib/index.js';
import { election, gone } from '../support/election.js';
import { leads } from '../support/leads.js';
import { inVirtualTime } from '../support/timeline.js';

describe('a stop', () => {
  it('during a rest that is due already completes, and joins no more', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const until = timer(100, store.scheduler); // the moment at which the backoff ends
      record(campaign(store, { ...election, until }));
      at(0, () => store.claims[0]?.fails(gone()));
      at(200, () => {
        expect(store.claims).toHaveLength(1);
      });
    });
    expect(seen.at(-1)).toBe('100: complete');
  });

  it('while it cools down for no time at all completes', () => {
    const stop$ = new Subject<void>();
    const seen = inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, { ...election, until: stop$ });
      const term = leads(campaign$, EMPTY);
      record(campaign$);
      campaign$.subscribe(({ state }) => {
        if (state === 'cooling-down') stop$.next();
      });
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => {
        term().resign();
      });
    });
    expect(seen.slice(-3)).toEqual([
      '10: cooling-down resigned 0',
      '10: resigning',
      '11: complete',
    ]);
  });

  it('of a store that throws when it is torn down completes, and says what became of the claim', () => {
    const broken = new Error('broken teardown');
    const errors: unknown[] = [];
    const seen = inVirtualTime(({ store, at, record }) => {
      const throwing: LeadershipStore = Object.create(store, {
        lock: {
          value: (...claim: Parameters<LeadershipStore['lock']>) =>
            store.lock(...claim).pipe(
              finalize(() => {
                throw broken;
              }),
            ),
        },
      }) as LeadershipStore;
      const campaign$ = campaign(throwing, { ...election, until: timer(100, store.scheduler) });
      record(campaign$);
      campaign$.subscribe((leadership) => {
        if (leadership.state === 'resigning') errors.push(leadership.error);
      });
      at(50, () => store.claims[0]?.held(7n, store.lease()));
    });
    expect(seen.at(-1)).toBe('100: complete');
    expect(errors).toEqual([
      undefined,
      expect.objectContaining({
        code: 'store-refused',
        cause: expect.objectContaining({ errors: [broken] }) as unknown,
      }),
    ]);
  });

  it('inside the first joining is heard', () => {
    const stop$ = new Subject<void>();
    inVirtualTime(({ store, at }) => {
      const campaign$ = campaign(store, { ...election, until: stop$ });
      let completed = false;
      campaign$.subscribe({
        next: ({ state }) => {
          if (state === 'joining') stop$.next();
        },
        complete: () => (completed = true),
      });
      at(10, () => {
        expect([completed, store.claims.length]).toEqual([true, 0]);
      });
    });
  });
});

describe('an end in order', () => {
  it('releases after the work was torn down also with drain 0', () => {
    const order: string[] = [];
    inVirtualTime(({ store, at }) => {
      store.onRelease = () => order.push('release');
      const work$ = NEVER.pipe(finalize(() => order.push('work stopped')));
      const running = campaign(store, { ...election, drain: 0 })
        .pipe(switchMap((now) => (now.elected ? work$ : EMPTY)))
        .subscribe();
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => {
        running.unsubscribe();
      });
    });
    expect(order).toEqual(['work stopped', 'release']);
  });

  it('gives the signal before the release also when maxTerm rings and drain is 0', () => {
    const order: string[] = [];
    inVirtualTime(({ store, at }) => {
      store.onRelease = () => order.push('release');
      const term = leads(campaign(store, { ...election, drain: 0, maxTerm: 20 }), EMPTY);
      at(0, () => {
        store.claims[0]?.held(7n, store.lease());
        term().signal.addEventListener('abort', () => order.push('signal'));
      });
      at(30, () => {
        term.leave();
      });
    });
    expect(order.slice(0, 2)).toEqual(['signal', 'release']);
  });

  it('lets work drain that is unsubscribed inside a callback of the campaign', () => {
    const work$ = new Subject<void>();
    inVirtualTime(({ store, at }) => {
      const campaign$ = campaign(store, election);
      const term = leads(campaign$, work$);
      const lease = store.lease();
      const watching = campaign$.subscribe(({ state }) => {
        if (state !== 'suspended') return;
        watching.unsubscribe();
        term.leave();
      });
      at(0, () => store.claims[0]?.held(7n, lease));
      at(10, () => {
        lease.doubt();
      });
      at(20, () => {
        expect([work$.observed, store.claims[0]?.unsubscribedAt]).toEqual([true, undefined]);
        work$.complete();
      });
      at(30, () => {
        expect(store.claims[0]?.unsubscribedAt).toBe(20);
      });
    });
  });

  it('rejoins at once after a drain that ended by time, whether or not the claim is settled', () => {
    inVirtualTime(({ store, at }) => {
      store.settles = false;
      const term = leads(campaign(store, election), NEVER);
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => {
        term().resign();
      });
      at(221, () => {
        expect(store.claims.map(({ subscribedAt }) => subscribedAt)).toEqual([0, 220]);
        term.leave();
      });
    });
  });

  it('a claim that fails right after it was given begins no work', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      store.onClaim = (claim, index) => {
        if (index > 0) return;
        claim.held(7n, store.lease());
        claim.fails(gone());
      };
      const running = record(campaign(store, election));
      at(10, () => {
        running.unsubscribe();
      });
    });
    expect(seen).toEqual(['0: joining', '0: interrupted before claim-lost 100']);
  });

  it('no work begins in a term whose lease ran out, though nobody could look yet', () => {
    inVirtualTime(({ store, at }) => {
      const skipped = { by: 0 };
      Object.assign(store, { clock: { now: () => store.scheduler.now() + skipped.by } });
      const term = leads(campaign(store, election), EMPTY);
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => {
        skipped.by = 5_000; // the event loop was blocked, and this runs first
        const errors: unknown[] = [];
        const work$ = new Subject<void>();
        term()
          .waitUntil(work$)
          .subscribe({ error: (error: unknown) => errors.push(error) });
        expect([(errors[0] as LeadershipError).code, work$.observed]).toEqual(['term-over', false]);
        term.leave();
      });
    });
  });
});

describe('a cool-down', () => {
  it('holds though work failed in the drain of the resignation', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, { ...election, cooldown: 5_000 });
      const work$ = new Subject<void>();
      const term = leads(campaign$, work$);
      const running = record(campaign$);
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => {
        term().resign();
        work$.error(new Error('flush failed'));
      });
      at(20, () => {
        term.leave();
        running.unsubscribe();
      });
    });
    expect(seen.at(-1)).toBe('10: interrupted resigned flush failed 5000');
  });

  it('holds for who leaves and comes back while the term drains', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, { ...election, cooldown: 5_000 });
      const term = leads(campaign$, NEVER);
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => {
        term().resign();
      });
      let back: { unsubscribe(): void } | undefined;
      at(20, () => {
        term.leave();
        back = record(campaign$);
      });
      at(400, () => {
        back?.unsubscribe();
      });
    });
    expect(seen).toEqual(['20: joining', '20: cooling-down resigned 4990']);
  });
});

describe('a store that breaks its contract', () => {
  it('a lock that completes is a claim that failed', () => {
    const seen = inVirtualTime(({ store, record }) => {
      const { lock } = store;
      store.lock = (key, request) => lock.call(store, key, request).pipe(take(0));
      record(campaign(store, { ...election, until: timer(50, store.scheduler) }));
    });
    expect(seen[1]).toBe('0: interrupted before claim-lost 100');
  });
});
