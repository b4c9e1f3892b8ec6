import { map, NEVER, Subject, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, follow, type LeadershipError, type Term } from '../../lib/index.js';
import { leaderRecord } from '../../lib/index.js';
import { election, gone } from '../support/election.js';
import { leads } from '../support/leads.js';
import { inVirtualTime } from '../support/timeline.js';

// Scripted store: ttl 1000, margin 200: certain for 800; drain 200: the signal comes at 600.

describe('a term ends', () => {
  it('by the signal at validUntil - drain, stays valid through the drain, then gives the key up', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const term = leads(campaign(store, election), NEVER);
      const running = record(campaign(store, election), 'other');
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(599, () => {
        expect([term().signal.aborted, term().remaining()]).toEqual([false, 201]);
      });
      at(601, () => {
        expect([term().signal.aborted, term().isValid()]).toEqual([true, true]);
      });
      at(799, () => {
        expect([term().isValid(), store.claims[0]?.unsubscribedAt]).toEqual([true, undefined]);
      });
      at(801, () => {
        expect([term().isValid(), store.claims[0]?.unsubscribedAt]).toEqual([false, 800]);
        running.unsubscribe();
        term.leave();
      });
    });
    expect(seen[0]).toBe('0: other joining');
  });

  it('by the signal when the lease has told so once, though it then seems to last longer', () => {
    inVirtualTime(({ store, scheduler, at }) => {
      const term = leads(campaign(store, election), NEVER);
      const lease = store.lease();
      lease.runsOut = () => timer(597, scheduler).pipe(map(() => undefined));
      at(0, () => store.claims[0]?.held(7n, lease));
      at(598, () => {
        expect([term().signal.aborted, term().isValid()]).toEqual([true, true]);
      });
      at(796, () => {
        expect([term().isValid(), store.claims[0]?.unsubscribedAt]).toEqual([true, undefined]);
      });
      at(798, () => {
        expect([term().isValid(), store.claims[0]?.unsubscribedAt]).toEqual([false, 797]);
        term.leave();
      });
    });
  });

  it('at once when the claim is lost: not valid before the signal, whatever the lease says', () => {
    inVirtualTime(({ store, at }) => {
      const term = leads(campaign(store, election), NEVER);
      const order: string[] = [];
      at(0, () => {
        store.claims[0]?.held(7n, store.lease());
        term().signal.addEventListener('abort', () =>
          order.push(`valid ${String(term().isValid())}`),
        );
      });
      at(100, () => store.claims[0]?.fails(gone()));
      at(101, () => {
        expect(order).toEqual(['valid false']);
        expect(store.claims).toHaveLength(1); // the drain delays the next claim
      });
      at(601, () => {
        expect(store.claims).toHaveLength(2);
        term.leave();
      });
    });
  });

  it.each(['before', 'after'])(
    'once, when lock tells of the end %s the lease says over',
    (when) => {
      const seen = inVirtualTime(({ store, at, record }) => {
        const running = record(
          campaign(store, { ...election, retry: { jitter: 0, initial: 500 } }),
        );
        const lease = store.lease();
        at(0, () => store.claims[0]?.held(7n, lease));
        at(100, () => {
          if (when === 'before') store.claims[0]?.fails(gone());
          lease.end();
          if (when === 'after') store.claims[0]?.fails(gone());
        });
        at(200, () => {
          running.unsubscribe();
        });
      });
      expect(seen.slice(2).map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
        '100: resigning lost',
        '100: interrupted lost',
      ]);
    },
  );

  it('by maxTerm, and cools down', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const running = record(campaign(store, { ...election, maxTerm: 50, cooldown: 30 }));
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(85, () => {
        running.unsubscribe();
      });
    });
    expect(seen.slice(2)).toEqual([
      '50: resigning max-term',
      '50: cooling-down max-term 30',
      '80: joining',
    ]);
  });

  it('hold: is shown suspended and comes back; step-down: ends while suspended', () => {
    const run = (whenSuspended: 'hold' | 'step-down') =>
      inVirtualTime(({ store, at, record }) => {
        const running = record(campaign(store, { ...election, whenSuspended }));
        const lease = store.lease();
        at(0, () => store.claims[0]?.held(7n, lease));
        at(100, () => {
          lease.doubt();
        });
        at(150, () => lease.acknowledged({ now: 140, sinceBoot: undefined }));
        at(160, () => {
          running.unsubscribe();
        });
      }).slice(2);
    expect(run('hold')).toEqual(['100: suspended 7', '150: leading 7']);
    expect(run('step-down').slice(0, 2)).toEqual([
      '100: resigning stepped-down',
      '100: interrupted stepped-down lease-expired 100',
    ]);
  });

  it('with an alarm of its own when a larger token is seen in its election', () => {
    const watch$ = new Subject<{ leader: ReturnType<typeof leaderRecord>; stale: boolean }>();
    const seen = inVirtualTime(({ store, at, record }) => {
      store.watch$ = watch$;
      const following = follow(store, '/a/leader/').subscribe();
      const running = record(campaign(store, election));
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => {
        watch$.next({ leader: leaderRecord('two', 5n), stale: false });
      });
      at(20, () => {
        watch$.next({ leader: leaderRecord('one', 7n), stale: false });
      });
      at(30, () => {
        watch$.next({ leader: leaderRecord('two', 9n), stale: false });
      });
      at(40, () => {
        running.unsubscribe();
        following.unsubscribe();
      });
    });
    expect(seen.slice(2)).toEqual([
      '30: resigning superseded',
      '30: interrupted superseded term-superseded 100',
    ]);
  });

  it('as failed work, when it resigns with an error', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, election);
      const term = leads(campaign$, NEVER);
      const running = record(campaign$);
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => {
        term().resign(new Error('disk full'));
        term().resign();
      });
      at(250, () => {
        running.unsubscribe();
        term.leave();
      });
    });
    expect(seen.slice(2)).toEqual([
      '10: resigning work-failed',
      '210: interrupted work-failed disk full 100',
    ]);
  });
});

describe('a term does not begin', () => {
  it.each([
    ['the granted lease is too short for the drain', 0, 'lease-too-short'],
    ['no more than the drain is left', 601, 'lease-expired'],
  ])('when %s', (_why, age, code) => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const running = record(campaign(store, election));
      if (age === 0) Object.assign(store.terms, { ttl: 850 });
      at(0, () => store.claims[0]?.held(7n, store.lease(age)));
      at(10, () => {
        expect(store.claims[0]?.unsubscribedAt).toBe(0);
        running.unsubscribe();
      });
    });
    expect(seen[1]).toContain(`interrupted before ${code}`);
  });
});

describe('a signal', () => {
  it('gives its reason, also when it is first asked for after the end', () => {
    inVirtualTime(({ store, at }) => {
      let term: Term | undefined;
      const running = campaign(store, election).subscribe((leadership) => {
        if (leadership.elected) ({ term } = leadership);
      });
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => term?.resign());
      at(20, () => {
        const { code, message } = term?.signal.reason as LeadershipError;
        expect([term?.signal.aborted, code]).toEqual([true, 'term-over']);
        expect(message).toContain('resigned');
        running.unsubscribe();
      });
    });
  });
});
