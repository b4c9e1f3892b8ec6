import { finalize, NEVER, of, Subject, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { campaign, type Leadership, type Term } from '../../lib/index.js';
import { allLeading } from '../../operators/all-leading.js';
import { termsOf } from '../../operators/combined-term.js';
import { terms } from '../../operators/terms.js';
import { whileLeader } from '../../operators/while-leader.js';
import { fakeTerm, leading, virtualElections, waiting } from '../../testing/index.js';
import { elections, goesOn } from './two-elections.js';

describe('the combined term', () => {
  const combined = (...parts: readonly Term[]) => {
    const seen: Term[] = [];
    allLeading(...parts.map((part) => goesOn(of(leading(part)))))
      .pipe(terms())
      .subscribe((term) => seen.push(term));
    return seen[0]!;
  };

  it.each([0, 1])('ends with each of its terms: number %s', (number) => {
    const { a, b } = elections();
    const term = combined(a, b);
    expect([term.signal.aborted, term.isValid(), term.remaining()]).toEqual([false, true, 10_000]);
    const part = [a, b][number]!;
    part.signalEnd('lost');
    expect([term.signal.aborted, term.isValid()]).toEqual([true, true]);
    expect(term.signal.reason).toBe(part.signal.reason);
    part.end();
    expect([term.isValid(), term.remaining()]).toEqual([false, 0]);
  });

  it('is valid for as long as the one that is valid for the shortest time', () => {
    const [long, short] = [fakeTerm({ remaining: 9_000 }), fakeTerm({ remaining: 500 })];
    expect(combined(long, short).remaining()).toBe(500);
  });

  it('ends when a state says so that no signal has announced', () => {
    const { a, b } = elections();
    const first$ = new Subject<Leadership>();
    const seen: Term[] = [];
    allLeading(first$, goesOn(of(leading(b))))
      .pipe(terms())
      .subscribe((term) => seen.push(term));
    first$.next(leading(a));
    first$.next(waiting());
    expect(seen[0]!.signal.reason).toMatchObject({ code: 'term-over' });
  });

  it('resigns the first, with what it is given', () => {
    const { a, b } = elections();
    const failure = new Error('work');
    const term = combined(a, b);
    term.resign();
    term.resign(failure);
    expect([a.resignations, b.resignations]).toEqual([[undefined, failure], []]);
  });

  it('passes work through, and refuses it when one of its terms is over', () => {
    const { a, b } = elections();
    const term = combined(a, b);
    const seen: unknown[] = [];
    term.waitUntil(of(1, 2)).subscribe((value) => seen.push(value));
    b.end();
    const refused = (error: unknown) => seen.push((error as { code: string }).code);
    term.waitUntil(of(3)).subscribe({ error: refused });
    term.waitUntil(Promise.reject(new Error('late'))).subscribe({ error: refused });
    expect(seen).toEqual([1, 2, 'term-over', 'term-over']);
  });

  it('ends by work that fails and that nobody listens to', async () => {
    const { a, b } = elections();
    const failure = new Error('work');
    void combined(a, b).waitUntil(Promise.reject(failure));
    await Promise.resolve();
    expect(a.resignations).toEqual([failure]);
  });

  it('takes no offence at work that ends by the signal', async () => {
    const { a, b } = elections();
    const term = combined(a, b);
    let fail: (error: unknown) => void = () => undefined;
    void term.waitUntil(new Promise((_resolve, reject) => (fail = reject)));
    b.signalEnd();
    fail(term.signal.reason);
    await Promise.resolve();
    expect(a.resignations).toEqual([]);
  });

  it('leaves nothing behind on a term that outlasts many', () => {
    const { a, states } = elections();
    const warnings: unknown[] = [];
    const warn = (warning: unknown) => warnings.push(warning);
    process.on('warning', warn);
    const second$ = new Subject<Leadership>();
    const running = allLeading(goesOn(of(leading(a))), second$).subscribe();
    for (let token = 10n; token < 40n; token += 1n) {
      second$.next(leading(token));
      second$.next(states.w);
    }
    running.unsubscribe();
    return new Promise<void>((resolve) =>
      setImmediate(() => {
        process.off('warning', warn);
        expect(warnings).toEqual([]);
        resolve();
      }),
    );
  });
});

describe('allLeading, with campaigns', () => {
  it('two candidates that need both never wait for each other for ever', () => {
    const led: string[] = [];
    virtualElections(({ openStore, at }) => {
      const start = (id: string) => {
        const store = openStore();
        const both = ['a', 'b'].map((key) => campaign(store, { key, id, maxTerm: 1_000 }));
        return allLeading(...both)
          .pipe(terms())
          .subscribe(() => led.push(id));
      };
      start('ann');
      start('bob');
      at(10_000, () => {
        expect(led.length).toBeGreaterThan(6);
      });
    });
    expect(new Set(led)).toEqual(new Set(['ann', 'bob']));
  });

  it('keeps both keys until its work has ended, whichever term ends', () => {
    for (const ending of ['a', 'b']) {
      const events: string[] = [];
      virtualElections(({ openStore, at, scheduler }) => {
        const [store, other] = [openStore(), openStore()];
        const tell = (what: string) => events.push(`${String(scheduler.now())}: ${what}`);
        const elections = ['a', 'b'].map((key) => campaign(store, { key, id: 'ann', drain: 900 }));
        const work = (term: Term) => {
          at(1_000, () => {
            termsOf(term)
              .find(({ key }) => key === ending)
              ?.resign();
          });
          return term.waitUntil(timer(1_500, scheduler).pipe(finalize(() => tell('work ends'))));
        };
        const running = allLeading(...elections)
          .pipe(whileLeader(work))
          .subscribe();
        at(500, () => {
          for (const key of ['a', 'b'])
            campaign(other, { key, id: 'bob' }).subscribe(({ elected }) => {
              if (elected) tell(`bob leads ${key}`);
            });
        });
        at(1_010, () => {
          running.unsubscribe();
        });
      });
      expect(events).toEqual(['1500: work ends', '1500: bob leads a', '1500: bob leads b']);
    }
  });

  it('cuts its work when the drain of one is over', () => {
    const events: string[] = [];
    virtualElections(({ openStore, at, scheduler }) => {
      const store = openStore();
      const tell = (what: string) => events.push(`${String(scheduler.now())}: ${what}`);
      const elections = ['a', 'b'].map((key) => campaign(store, { key, id: 'ann', drain: 300 }));
      const work = (term: Term) => {
        if (events.length > 0) return NEVER;
        at(1_000, () => {
          termsOf(term)[1]?.resign();
        });
        return term.waitUntil(NEVER.pipe(finalize(() => tell('work is cut'))));
      };
      allLeading(...elections)
        .pipe(whileLeader(work))
        .subscribe();
    });
    expect(events).toEqual(['1300: work is cut']);
  });
});
