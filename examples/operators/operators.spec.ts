import { distinctUntilChanged, firstValueFrom, map, merge, NEVER, of, throwError } from 'rxjs';
import { askToStepDown, type Leadership } from 'rx-leadership';
import {
  fakeTerm,
  leading,
  led,
  scriptedLeadership,
  vacant,
  virtualElections,
} from 'rx-leadership/testing';
import { describe, expect, test, vi } from 'vitest';
import { handled, migrateOnce, received, sent, untilOneSucceeds } from './events.js';
import {
  fiveTimes,
  impatient,
  inTurns,
  obliging,
  untilMaintenance,
  whileHealthy,
} from './leave.js';
import { both, oneOf, shards } from './several.js';
import { addresses, alarm, news, proxied } from './views.js';
import { guarded } from './watchdog.js';
import { jobs, lamp, logged, reads, tokens, written } from './while.js';

const states = map(({ state }: Leadership) => state);

describe('while', () => {
  test('jobs run one after another while a term lasts', () => {
    const job = vi.fn(() => Promise.resolve('done'));
    virtualElections(() => {
      jobs(scriptedLeadership('w--A 2500ms i|'), job).subscribe();
    });
    expect(job).toHaveBeenCalledTimes(1); // a promise does not resolve in virtual time
  });

  test('a follower reads', () => {
    virtualElections(({ cold, expectObservable }) => {
      const reads$ = reads(scriptedLeadership('w--A--i--|'), () => cold('-x'));
      expectObservable(reads$).toBe('         -x-----x-|');
    });
  });

  test('a lamp, tokens and a log follow each term', () => {
    const seen: unknown[] = [];
    const info = vi.fn();
    virtualElections(() => {
      const script = 'w--A--i--B--r|';
      lamp(scriptedLeadership(script), (lit) => seen.push(lit));
      tokens(scriptedLeadership(script), (token) => seen.push(token));
      logged(scriptedLeadership(script), (line) => seen.push(line)).subscribe();
      written(scriptedLeadership(script), { info, warn: info }).subscribe();
    });
    expect(seen.filter((each) => typeof each === 'boolean')).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
    expect(info).toHaveBeenCalledWith(expect.anything(), 'service/jobs: leading with token 1');
    expect(seen.filter((each) => typeof each === 'bigint')).toEqual([1n, 2n]);
    expect(seen.filter((each) => typeof each === 'string')).toEqual([
      'elected with token 1',
      expect.stringContaining('revoked'),
      'trouble, tries again in 1000 ms',
      'elected with token 2',
      'revoked: resigned',
    ]);
  });
});

describe('leave', () => {
  test('a term ends by maintenance, after a minute, by ill health', () => {
    const ended = { maintenance: fakeTerm(), minute: fakeTerm(), health: fakeTerm() };
    virtualElections(({ cold }) => {
      const leads = (term: ReturnType<typeof fakeTerm>) =>
        scriptedLeadership('w--A 70s i|', { terms: { A: term } });
      untilMaintenance(
        leads(ended.maintenance),
        cold('---x').pipe(map(() => undefined)),
      ).subscribe();
      inTurns(leads(ended.minute)).subscribe();
      whileHealthy(leads(ended.health), cold('t--f', { t: true, f: false })).subscribe();
    });
    for (const term of Object.values(ended)) expect(term.resignations).toHaveLength(1);
  });

  test('a leader that is asked steps down', () => {
    virtualElections(({ openStore, at }) => {
      const [here, there] = [openStore(), openStore()];
      const seen: string[] = [];
      obliging(here, 'jobs', 'ann')
        .pipe(states)
        .subscribe((state) => seen.push(state));
      at(1_000, () => askToStepDown(there, 'jobs', 'operator').subscribe());
      at(5_000, () => expect(seen).toContain('cooling-down'));
    });
  });

  test('who is not elected in time leaves', () => {
    virtualElections(({ expectObservable }) => {
      const state$ = impatient(scriptedLeadership('w 60s A')).pipe(states);
      expectObservable(state$).toBe('w 29999ms |', { w: 'waiting' });
    });
  });

  test('a fifth failure is the last', () => {
    virtualElections(({ expectObservable, scheduler }) => {
      const no = new Error('no');
      const failing$ = throwError(() => no);
      const state$ = fiveTimes(failing$, scheduler).pipe(states);
      expectObservable(state$).toBe('i 99ms i 199ms i 399ms i 799ms #', { i: 'interrupted' }, no);
    });
  });
});

describe('several elections', () => {
  test('two shards at most', () => {
    const seen: string[] = [];
    virtualElections(({ openStore }) => {
      shards(openStore(), 'ann', ['a', 'b', 'c']).subscribe((line) => seen.push(line));
    });
    expect(seen).toEqual(['ann works on a', 'ann works on b']);
  });

  test('all, or any', () => {
    virtualElections(({ expectObservable }) => {
      const first = () => scriptedLeadership('w--A-----i|');
      const second = () => scriptedLeadership('w----A--i-|');
      const token$ = oneOf(first(), second()).pipe(distinctUntilChanged());
      expectObservable(token$).toBe('u--t-----u|', { u: undefined, t: 1n });
      expectObservable(both(first(), second())).toBe('--------x-|', { x: ['1', '1'] });
    });
  });
});

describe('events', () => {
  test('wait for a term', () => {
    virtualElections(({ cold, expectObservable }) => {
      const events$ = cold('-a-b-----c|');
      const handled$ = handled(events$, scriptedLeadership('w---A--------i|'));
      expectObservable(handled$).toBe('----(ab)-c|');
    });
  });

  test('carry the token of their term, and are refused when they come late', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const texts: string[] = [];
    virtualElections(({ cold }) => {
      sent(scriptedLeadership('w--A--i--B--r|'), cold('-x')).subscribe((text) => texts.push(text));
    });
    expect(texts).toEqual(['{"token":"1","value":"x"}', '{"token":"2","value":"x"}']);
    const admitted: string[] = [];
    received(of(...texts, texts[0]!)).subscribe((value) => admitted.push(value));
    expect(admitted).toEqual(['x', 'x']);
    expect(log).toHaveBeenCalledWith('refused x');
    log.mockRestore();
  });

  test('loops and promises leave the race when they are done', async () => {
    const leads$ = merge(of(leading(1n)), NEVER);
    const attempt = vi.fn(() => Promise.resolve(true));
    await untilOneSucceeds(leads$, attempt);
    expect(attempt).toHaveBeenCalledTimes(1);
    const term = fakeTerm();
    await migrateOnce(merge(of(leading(term)), NEVER), () => Promise.resolve());
    expect(term.resignations).toHaveLength(1);
  });
});

describe('views', () => {
  test('of who leads', () => {
    virtualElections(({ cold, expectObservable, scheduler }) => {
      const views = { v: vacant(), a: led('ann', 1n, 'http://ann'), b: led('bob', 2n) };
      const view$ = () => cold('v-a-v-b', views);
      expectObservable(news(view$())).toBe('--1-2-3', {
        1: 'nobody -> ann',
        2: 'ann -> nobody',
        3: 'nobody -> bob',
      });
      expectObservable(addresses(view$())).toBe('--a---u', { a: 'http://ann', u: undefined });
      const alarm$ = alarm(cold('v 40s a', views), () => ['page'], scheduler);
      expectObservable(alarm$).toBe('30s p', { p: 'page' });
      const answers$ = proxied(cold('v-a', views), cold('x|', { x: '/orders' }), (url) => of(url));
      expectObservable(answers$).toBe('--(x|)', { x: 'http://ann/orders' });
    });
  });
});

test('a watchdog lets the work go on while the event loop does', async () => {
  const work = vi.fn(() => Promise.resolve());
  const leads$ = merge(of(leading(1n)), NEVER);
  await firstValueFrom(guarded(leads$, work), { defaultValue: undefined });
  expect(work).toHaveBeenCalledTimes(1);
});
