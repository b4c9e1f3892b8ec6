import { NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, type Lease, type Term } from '../../lib/index.js';
import { sighted } from '../../lib/sightings.js';
import { election, gone } from '../support/election.js';
import { leads } from '../support/leads.js';
import { brief, inVirtualTime } from '../support/timeline.js';

/*
 * The safety rules that the core owns, each alone: the store behind it is scripted and guards
 * nothing. `spec/mutants/core.json` has the guards that these tests see missing.
 */

/** A lease whose events never come: only reading it tells the truth. */
const silent = (lease: Lease): Lease => ({
  ttl: lease.ttl,
  margin: lease.margin,
  gap: lease.gap,
  validUntil: () => lease.validUntil(),
  runsOut: () => NEVER,
  state$: of('live' as const),
});

describe('rule 2: time is monotonic, and no timer is trusted', () => {
  it('isValid() reads the clock when no timer could run', () => {
    inVirtualTime(({ store, at }) => {
      const term = leads(campaign(store, election), NEVER);
      at(0, () => {
        store.claims[0]?.held(7n, silent(store.lease()) as never);
      });
      at(799, () => {
        expect(term().isValid()).toBe(true);
      });
      at(800, () => {
        expect([term().isValid(), term().remaining()]).toEqual([false, 0]);
        term.leave();
      });
    });
  });

  it('a late subscriber gets no dead term, and the campaign learns of the time', () => {
    const seen = inVirtualTime(({ store, at, record, seen: log }) => {
      const campaign$ = campaign(store, election);
      const first = record(campaign$);
      at(0, () => {
        store.claims[0]?.held(7n, silent(store.lease()) as never);
      });
      at(900, () => {
        const late = campaign$.subscribe((leadership) => log.push(`late ${brief(leadership)}`));
        late.unsubscribe();
        first.unsubscribe();
      });
    });
    expect(seen.slice(0, 4)).toEqual([
      '0: joining',
      '0: leading 7',
      '900: resigning expired',
      'late resigning expired',
    ]);
  });

  it('a late subscriber gets no term that is in its last drain', () => {
    const seen = inVirtualTime(({ store, at, seen: log }) => {
      const campaign$ = campaign(store, election);
      const first = campaign$.subscribe();
      at(0, () => {
        store.claims[0]?.held(7n, silent(store.lease()) as never);
      });
      at(650, () => {
        const late = campaign$.subscribe((leadership) => log.push(brief(leadership)));
        late.unsubscribe();
        first.unsubscribe();
      });
    });
    expect(seen[0]).toBe('resigning expired');
  });

  it('a subscriber behind a slow one gets no term that grew old meanwhile', () => {
    const seen: string[] = [];
    inVirtualTime(({ store, at }) => {
      const campaign$ = campaign(store, election);
      const time = { skipped: 0 };
      const clock = { now: () => store.scheduler.now() + time.skipped };
      Object.assign(store, { clock });
      const slow = campaign$.subscribe((leadership) => {
        if (leadership.elected) time.skipped = 900; // its handler blocks the event loop
      });
      const behind = campaign$.subscribe((leadership) => seen.push(brief(leadership)));
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(10, () => {
        slow.unsubscribe();
        behind.unsubscribe();
      });
    });
    expect(seen.filter((state) => state.startsWith('leading'))).toEqual([]);
  });
});

describe("rule 4: a store's own word may come late or never", () => {
  it('the term ends by its lease, though the store never says that it is lost', () => {
    const seen = inVirtualTime(({ store, at, record }) => {
      const running = record(campaign(store, election));
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(650, () => {
        running.unsubscribe();
      });
    });
    expect(seen.slice(2)).toEqual([
      '600: resigning expired',
      '600: interrupted expired lease-expired 100',
    ]);
  });

  it('a renewal acknowledged during the last drain revives nothing', () => {
    inVirtualTime(({ store, at }) => {
      const campaign$ = campaign(store, election);
      const term = leads(campaign$, NEVER);
      const lease = store.lease();
      at(0, () => store.claims[0]?.held(7n, lease));
      at(650, () => lease.acknowledged({ now: 640, sinceBoot: undefined }));
      at(801, () => {
        expect(store.claims[0]?.unsubscribedAt).toBe(800);
        term.leave();
      });
    });
  });
});

describe('rule 6: a leader whose claim is not its own any more', () => {
  it('is not valid from that moment on', () => {
    inVirtualTime(({ store, at }) => {
      const term = leads(campaign(store, election), NEVER);
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(100, () => {
        store.claims[0]?.fails(gone());
        expect(term().isValid()).toBe(false);
        term.leave();
      });
    });
  });
});

describe('rule 6: a leader that is overtaken, or told so in the middle of something', () => {
  it('is not valid once a larger token was seen, though its lease lives', () => {
    inVirtualTime(({ store, at }) => {
      const term = leads(campaign(store, election), NEVER);
      at(0, () => store.claims[0]?.held(7n, store.lease()));
      at(100, () => {
        sighted(store, 'a/leader', 9n);
        expect([term().isValid(), term().signal.aborted]).toEqual([false, true]);
        term.leave();
      });
    });
  });

  it('is not valid at once, when its claim is lost inside a callback of the campaign', () => {
    const valid: boolean[] = [];
    inVirtualTime(({ store, at }) => {
      const lease = store.lease();
      const running = campaign(store, election).subscribe((leadership) => {
        if (leadership.state !== 'suspended') return;
        store.claims[0]?.fails(gone());
        valid.push(leadership.term.isValid());
      });
      at(0, () => store.claims[0]?.held(7n, lease));
      at(10, () => {
        lease.doubt();
        running.unsubscribe();
      });
    });
    expect(valid).toEqual([false]);
  });
});

describe('rule 9: a claim gives at most one term', () => {
  it('a second word of the same claim begins nothing', () => {
    inVirtualTime(({ store, at }) => {
      const tokens: bigint[] = [];
      const terms = new Set<Term>();
      const running = campaign(store, election).subscribe((leadership) => {
        if (!leadership.elected) return;
        tokens.push(leadership.term.token);
        terms.add(leadership.term);
      });
      at(0, () => {
        store.claims[0]?.held(7n, store.lease());
        store.claims[0]?.held(7n, store.lease());
      });
      at(10, () => {
        store.claims[0]?.waiting(1);
        store.claims[0]?.held(9n, store.lease());
      });
      at(20, () => {
        running.unsubscribe();
        expect([tokens, terms.size]).toEqual([[7n], 1]);
      });
    });
  });

  it.each(['resigned', 'stepped-down', 'expired', 'lost', 'work-failed', 'max-term'])(
    'a term that ended (%s) gives its claim up, and the next term has a claim of its own',
    (how) => {
      inVirtualTime(({ store, at }) => {
        const whenSuspended = how === 'stepped-down' ? 'step-down' : 'hold';
        const maxTerm = how === 'max-term' ? 50 : undefined;
        const term = leads(campaign(store, { ...election, whenSuspended, maxTerm }), of());
        const lease = store.lease();
        at(0, () => store.claims[0]?.held(7n, lease));
        at(50, () => {
          if (how === 'resigned') term().resign();
          if (how === 'work-failed') term().resign(new Error('work'));
          if (how === 'stepped-down') lease.doubt();
          if (how === 'lost') store.claims[0]?.fails(gone());
        });
        at(790, () => {
          expect(store.claims).toHaveLength(2);
          expect(store.claims[0]?.unsubscribedAt).toBe(how === 'expired' ? 600 : 50);
          term.leave();
        });
      });
    },
  );
});
