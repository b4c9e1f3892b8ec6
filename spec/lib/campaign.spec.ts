import { of, Subject, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, LeadershipError, type Leadership } from '../../lib/index.js';
import { election } from '../support/election.js';
import { inVirtualTime } from '../support/timeline.js';

describe('the states of a campaign', () => {
  it('shows joining at once, then the queue, the term and its orderly end', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const running = record(campaign(store, election));
      at(10, () => store.claims[0]?.waiting(2));
      at(20, () => store.claims[0]?.waiting(1));
      at(30, () => store.claims[0]?.held(7n, store.lease()));
      at(40, () => {
        running.unsubscribe();
      });
    });
    expect(seen).toEqual(['0: joining', '10: waiting 2', '20: waiting 1', '30: leading 7']);
  });

  it('is cold until subscribed, shared while subscribed, and replays the present', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, election);
      expect(store.claims).toHaveLength(0);
      const first = record(campaign$, 'first');
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      let late: { unsubscribe(): void } | undefined;
      at(20, () => {
        late = record(campaign$, 'late');
      });
      at(30, () => {
        first.unsubscribe();
      });
      at(40, () => {
        expect(store.claims).toHaveLength(1);
        late?.unsubscribe();
      });
      at(50, () => {
        expect(store.claims[0]?.unsubscribedAt).toBe(40);
      });
    });
    expect(seen).toEqual(['0: first joining', '10: first leading 7', '20: late leading 7']);
  });

  it('lingers after the last subscriber left, and is taken up again meanwhile', () => {
    inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, { ...election, linger: 50 });
      const first = record(campaign$);
      at(10, () => {
        first.unsubscribe();
      });
      let second: { unsubscribe(): void } | undefined;
      at(40, () => {
        second = record(campaign$);
      });
      at(100, () => {
        expect(store.claims).toHaveLength(1);
        second?.unsubscribe();
      });
      at(140, () => {
        expect(store.claims[0]?.unsubscribedAt).toBeUndefined();
      });
      at(160, () => {
        expect(store.claims[0]?.unsubscribedAt).toBe(150);
      });
    });
  });

  it('makes a new claim when subscribed again in the same tick', () => {
    inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, election);
      const first = record(campaign$);
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      let second: { unsubscribe(): void } | undefined;
      at(20, () => {
        first.unsubscribe();
        second = record(campaign$);
      });
      at(30, () => {
        expect(store.claims.map((claim) => claim.unsubscribedAt)).toEqual([20, undefined]);
        second?.unsubscribe();
      });
    });
  });

  it('gives up a claim whose subscriber left at its first value', () => {
    inVirtualTime(({ store, record }) => {
      record(campaign(store, election).pipe(take(1)));
      expect(store.claims.every((claim) => claim.unsubscribedAt === 0)).toBe(true);
    });
  });

  it('until: ends the term in order, tells resigning, completes after the claim is settled', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      store.settles = false;
      record(campaign(store, { ...election, until: timer(50, store.scheduler) }));
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(80, () => store.claims[0]?.request.settled?.({ outcome: 'released' }));
    });
    expect(seen).toEqual(['0: joining', '10: leading 7', '50: resigning stopped', '80: complete']);
  });

  it('until: tells when the claim could not be given back and is left to its ttl', () => {
    const error = new LeadershipError('store-unreachable', 'no answer');
    const seen: Leadership[] = [];
    inVirtualTime(({ store, at }) => {
      store.settles = false;
      const until = timer(50, store.scheduler);
      campaign(store, { ...election, until }).subscribe((state) => seen.push(state));
      at(80, () => store.claims[0]?.request.settled?.({ outcome: 'abandoned', error }));
    });
    expect(seen.slice(1)).toEqual([
      { elected: false, state: 'resigning' },
      { elected: false, state: 'resigning', error },
    ]);
  });

  it('until: leaves the queue at once, also while joining', () => {
    const seen = inVirtualTime(({ store, record }) => {
      record(campaign(store, { ...election, until: timer(50, store.scheduler) }));
    });
    expect(seen).toEqual(['0: joining', '50: resigning', '51: complete']);
  });

  it('completes after its first value when until has spoken already, or the store is closed', () => {
    const seen = inVirtualTime(({ store, record }) => {
      record(campaign(store, { ...election, until: of(1) }), 'until');
      expect(store.claims).toHaveLength(0);
      store.onClaim = (claim) => {
        claim.leaving();
      };
      record(campaign(store, election), 'closed');
    });
    expect(seen).toEqual([
      '0: until joining',
      '0: until resigning',
      '0: until complete',
      '0: closed joining',
      '1: closed complete',
    ]);
  });

  it('an error of until stops the campaign, and is told when all is given back', () => {
    const until = new Subject<void>();
    const seen = inVirtualTime(({ store, at, record }) => {
      record(campaign(store, { ...election, until }));
      at(10, () => {
        until.error(new Error('broken'));
      });
      at(20, () => {
        expect(store.claims[0]?.unsubscribedAt).toBe(10);
      });
    });
    expect(seen).toEqual(['0: joining', '10: resigning', '11: error Error: broken']);
  });
});
