import { take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, LeadershipError } from '../../lib/index.js';
import { election, gone } from '../support/election.js';
import { inVirtualTime } from '../support/timeline.js';

describe('trouble', () => {
  it('is a state, then a retry with a backoff that grows', () => {
    const seen = inVirtualTime(({ store, record }) => {
      store.onClaim = (claim) => {
        claim.fails(new LeadershipError('store-unreachable', 'no'));
      };
      record(campaign(store, { ...election, until: timer(800, store.scheduler) }));
    });
    expect(seen).toEqual([
      '0: joining',
      '0: interrupted before store-unreachable 100',
      '100: joining',
      '100: interrupted before store-unreachable 200',
      '300: joining',
      '300: interrupted before store-unreachable 400',
      '700: joining',
      '700: interrupted before store-unreachable 800',
      '800: resigning',
      '800: complete',
    ]);
  });

  it('waits longest after an error that only people can mend', () => {
    const seen = inVirtualTime(({ store, record }) => {
      store.onClaim = (claim) => {
        claim.fails(new LeadershipError('access-denied', 'no'));
      };
      record(campaign(store, { ...election, until: timer(500, store.scheduler) }));
    });
    expect(seen[1]).toBe('0: interrupted before access-denied 1000');
  });

  it('starts the backoff anew only after a wait or a term longer than the ttl', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const running = record(campaign(store, election));
      at(0, () => store.claims[0]?.fails(gone()));
      at(200, () => {
        store.claims[1]?.waiting(1);
        store.claims[1]?.fails(gone());
      });
      at(500, () => store.claims[2]?.waiting(1));
      at(1600, () => store.claims[2]?.fails(gone()));
      at(1610, () => {
        running.unsubscribe();
      });
    });
    const waits = seen.filter((line) => line.includes('interrupted'));
    expect(waits.map((line) => line.split(' ').pop())).toEqual(['100', '200', '100']);
  });

  it('cool-down and backoff outlive the subscription', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const campaign$ = campaign(store, { ...election, cooldown: 100 });
      let running = record(campaign$, 'first');
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => {
        running.unsubscribe();
        running = record(campaign$.pipe(take(1)));
      });
      at(30, () => {
        running = record(campaign$, 'second');
      });
      at(40, () => store.claims.at(-1)?.fails(gone()));
      at(50, () => {
        running.unsubscribe();
        running = record(campaign$, 'third');
      });
      at(160, () => {
        running.unsubscribe();
      });
    });
    expect(seen.slice(-5)).toEqual([
      '30: second joining',
      '40: second interrupted before claim-lost 100',
      '50: third joining',
      '50: third interrupted before claim-lost 90',
      '140: third joining',
    ]);
  });

  it('retry: false errs outside a term, and goes on after a lost one', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      record(campaign(store, { ...election, retry: false }));
      at(10, () => store.claims[0]?.held(7n, store.lease()));
      at(20, () => store.claims[0]?.fails(gone()));
      at(500, () => store.claims[1]?.fails(new LeadershipError('store-unreachable', 'away')));
    });
    expect(seen[2]).toBe('20: resigning lost');
    expect(seen[3]).toMatch(/^20: interrupted lost claim-lost /);
    expect(seen.at(-1)).toBe('500: error LeadershipError: [store-unreachable] away');
  });

  it('an error of retry.giveUp is an error notification, and the claim is given up', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const giveUp = () => {
        throw new Error('bug of the user');
      };
      record(campaign(store, { ...election, retry: { giveUp } }));
      at(0, () => store.claims[0]?.fails(gone()));
      at(10, () => {
        expect(store.claims).toHaveLength(1);
      });
    });
    expect(seen).toEqual(['0: joining', '0: error Error: bug of the user']);
  });

  it('retry.giveUp decides', () => {
    const seen = inVirtualTime(({ store, record }) => {
      store.onClaim = (claim) => {
        claim.fails(gone());
      };
      const retry = {
        jitter: 0,
        initial: 100,
        giveUp: (_: unknown, failures: number) => failures > 1,
      };
      record(campaign(store, { ...election, retry }));
    });
    expect(seen.slice(-2)).toEqual([
      '100: joining',
      '100: error LeadershipError: [claim-lost] deleted by the test',
    ]);
  });
});
