import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Meter } from '@opentelemetry/api';
import * as client from 'prom-client';
import { NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  LeadershipError,
  logLeadership,
  termEnd,
  type Leadership,
  type LeaderView,
} from '../../index.js';
import {
  instrument,
  instrumentView,
  metricNames,
  openTelemetry,
  prometheus,
} from '../../metrics/index.js';
import {
  fakeTerm,
  interrupted,
  leading,
  led,
  stale,
  suspended,
  vacant,
  waiting,
} from '../../testing/index.js';

const labels = { name: 'jobs', store: 'memory' };

function inPrometheus() {
  const register = new client.Registry();
  const meters = prometheus(client, register);
  const value = async (name: string, more: Record<string, string> = {}) => {
    const metric = await register.getSingleMetric(name)?.get();
    const wanted = Object.entries({ ...labels, ...more });
    return metric?.values.find((each) =>
      wanted.every(([key, label]) => (each.labels as Record<string, unknown>)[key] === label),
    )?.value;
  };
  return { register, meters, value };
}

describe('prometheus', () => {
  it('counts terms and why they ended, and tells by the clock who leads', async () => {
    const { meters, value } = inPrometheus();
    const source$ = new Subject<Leadership>();
    const running = source$.pipe(instrument(meters, labels)).subscribe();
    expect(await value('leader_election_master_status')).toBe(0);
    const term = fakeTerm({ token: 7n, remaining: 4_000 });
    source$.next(waiting(1));
    source$.next(leading(term));
    expect(await value('leader_election_master_status')).toBe(1);
    expect(await value('rx_leadership_lease_remaining_seconds')).toBe(4);
    expect(await value('rx_leadership_fencing_token')).toBe(7);
    source$.next(suspended(term));
    source$.next(leading(term));
    term.expire(); // nobody was told
    expect(await value('leader_election_master_status')).toBe(0);
    const error = new LeadershipError('lease-expired', 'late');
    source$.next({ ...interrupted(error), ended: termEnd(7n, 'expired') } as Leadership);
    expect(await value('rx_leadership_terms_total')).toBe(1);
    expect(await value('rx_leadership_suspended_total')).toBe(1);
    expect(await value('rx_leadership_lost_total', { reason: 'expired' })).toBe(1);
    expect(await value('rx_leadership_errors_total', { code: 'lease-expired' })).toBe(1);
    running.unsubscribe();
    expect(await value('leader_election_master_status')).toBeUndefined();
  });

  it('measures vacancies and the loss of contact', async () => {
    const { meters, value } = inPrometheus();
    const source$ = new Subject<LeaderView>();
    source$.pipe(instrumentView(meters, labels)).subscribe();
    expect(await value('rx_leadership_stale')).toBe(1);
    source$.next(vacant());
    expect([await value('rx_leadership_vacant'), await value('rx_leadership_stale')]).toEqual([
      1, 0,
    ]);
    source$.next(led('ann'));
    expect(await value('rx_leadership_vacant')).toBe(0);
    source$.next(stale(led('ann')));
    expect(await value('rx_leadership_stale')).toBe(1);
  });

  it('takes the same metric for two elections', () => {
    const { meters } = inPrometheus();
    for (const name of ['a', 'b']) NEVER.pipe(instrument(meters, { ...labels, name })).subscribe();
  });
});

it('counts into a meter of OpenTelemetry', () => {
  const seen: unknown[] = [];
  const watched = new Set<(result: { observe: (value: number) => void }) => void>();
  const meter = {
    createCounter: (name: string) => ({ add: (by: number) => seen.push([name, by]) }),
    createHistogram: (name: string) => ({ record: () => seen.push([name]) }),
    createObservableGauge: () => ({
      addCallback: (each: () => void) => watched.add(each),
      removeCallback: (each: () => void) => watched.delete(each),
    }),
  } as unknown as Meter;
  const source$ = new Subject<Leadership>();
  const running = source$.pipe(instrument(openTelemetry(meter), labels)).subscribe();
  source$.next(leading(1n));
  const observed: number[] = [];
  for (const each of watched) each({ observe: (value) => observed.push(value) });
  expect(observed).toEqual([1, 10, 1]);
  running.unsubscribe();
  expect(watched.size).toBe(0);
  expect(seen).toEqual([
    ['rx_leadership_terms_total', 1],
    ['rx_leadership_lost_total', 1],
    ['rx_leadership_term_seconds'],
  ]);
});

describe('what operations get ready-made', () => {
  const docs = fileURLToPath(new URL('../../docs/operations/', import.meta.url));

  it.each(['alerts.yml', 'grafana.json'])('%s asks only for metrics that there are', (file) => {
    const text = readFileSync(docs + file, 'utf8');
    const asked = [...text.matchAll(/\b(rx_leadership_\w+|leader_election_\w+)/gu)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/u, ''),
    );
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.filter((name) => !(name in metricNames))).toEqual([]);
    if (file.endsWith('.json')) expect(JSON.parse(text)).toHaveProperty('panels');
  });
});

describe('logLeadership', () => {
  it('writes one line per transition, and trouble as a warning', () => {
    const lines: string[] = [];
    const logger = {
      info: (_fields: object, message: string) => lines.push(`info ${message}`),
      warn: (_fields: object, message: string) => lines.push(`warn ${message}`),
    };
    const error = new LeadershipError('store-unreachable', 'no answer');
    of(
      ...[waiting(2), waiting(1), leading(3n), suspended(3n), leading(3n)],
      ...[interrupted(error), interrupted(error), waiting(1)],
    )
      .pipe(logLeadership(logger, 'jobs'))
      .subscribe();
    expect(lines).toEqual([
      'info jobs: waiting, 2 ahead',
      'info jobs: leading with token 3',
      'warn jobs: suspended with token 3',
      'info jobs: leading with token 3',
      'warn jobs: trouble, tries again: [store-unreachable] no answer',
      'info jobs: waiting, 1 ahead',
    ]);
  });
});
