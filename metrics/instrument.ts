import { defer, finalize, tap, type MonoTypeOperatorFunction } from 'rxjs';
import { isLeadershipError } from '../lib/errors.js';
import type { LeaderView } from '../lib/follow.js';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { metricNames, type MetricName, type Meters } from './metrics.js';

/** Which series the numbers of a stream belong to. */
export interface InstrumentLabels {
  /** The election. */
  readonly name: string;
  /** The kind of store. */
  readonly store: string;
}

/**
 * Counts and measures what a candidate goes through.
 *
 *     leadership   --w--A--s--i--|     w waiting, A a term, s A suspended, i interrupted
 *     numbers      -----1--2--3---     1 terms, 2 suspended, 3 lost, errors, how long it lasted
 *     result       --w--A--s--i--|
 *
 * - Emits what comes, completes and errors with the source.
 * - Gauges are read when somebody asks, by the clock: a process that was stopped does not say that
 *   it leads. They are gone with the subscription.
 *
 * @example
 * campaign(store, { key, id })
 *   .pipe(instrument(prometheus(register), { name: key, store: store.name }), whileLeader(work))
 *   .subscribe();
 * @param meters Where the numbers go; make it once and use it for all.
 * @param labels Which series they belong to.
 */
export function instrument(
  meters: Meters,
  labels: InstrumentLabels,
): MonoTypeOperatorFunction<Leadership> {
  const { counter, histogram, gauge } = made(meters);
  const series = { name: labels.name, store: labels.store };
  return (leadership$) =>
    defer(() => {
      let term: Term | undefined;
      let token: bigint | undefined;
      let began = 0;
      let last: Leadership['state'] | undefined;
      const over = (reason: string) => {
        if (term === undefined) return;
        term = undefined;
        counter('rx_leadership_lost_total').inc({ ...series, reason });
        const seconds = (performance.now() - began) / 1_000;
        histogram('rx_leadership_term_seconds').observe(series, seconds);
      };
      const see = (leadership: Leadership) => {
        const { state } = leadership;
        if (leadership.elected) {
          if (leadership.term !== term) {
            over('lost');
            ({ term } = leadership);
            ({ token } = term);
            began = performance.now();
            counter('rx_leadership_terms_total').inc(series);
          }
          if (state === 'suspended' && last !== state)
            counter('rx_leadership_suspended_total').inc(series);
        } else {
          const { ended, error } = { ended: undefined, error: undefined, ...leadership };
          over(ended?.reason ?? 'lost');
          if (state === 'interrupted') {
            const code = isLeadershipError(error) ? error.code : 'other';
            counter('rx_leadership_errors_total').inc({ ...series, code });
          }
        }
        last = state;
      };
      const stop = [
        gauge('leader_election_master_status').watch(series, () =>
          term?.isValid() === true ? 1 : 0,
        ),
        gauge('rx_leadership_lease_remaining_seconds').watch(
          series,
          () => (term?.remaining() ?? 0) / 1_000,
        ),
        gauge('rx_leadership_fencing_token').watch(series, () =>
          token === undefined ? undefined : Number(token),
        ),
      ];
      return leadership$.pipe(
        tap(see),
        finalize(() => {
          over('stopped');
          for (const each of stop) each();
        }),
      );
    });
}

/**
 * Measures what a follower sees: vacancies, how long they last, and the loss of contact.
 *
 *     view      --v--A--a--A--|     v vacant, A a leader, a A again, but stale
 *     numbers   -----1---------     1 how long nobody has led
 *     result    --v--A--a--A--|
 *
 * - Emits what comes, completes and errors with the source.
 *
 * @example
 * follow(store, key).pipe(instrumentView(meters, { name: key, store: store.name })).subscribe();
 * @param meters Where the numbers go; make it once and use it for all.
 * @param labels Which series they belong to.
 */
export function instrumentView(
  meters: Meters,
  labels: InstrumentLabels,
): MonoTypeOperatorFunction<LeaderView> {
  const { histogram, gauge } = made(meters);
  const series = { name: labels.name, store: labels.store };
  return (view$) =>
    defer(() => {
      let vacantSince: number | undefined;
      let view: LeaderView | undefined;
      const see = (now: LeaderView) => {
        view = now;
        const isVacant = !now.stale && now.leader === undefined;
        if (isVacant) vacantSince ??= performance.now();
        else if (now.leader !== undefined && vacantSince !== undefined) {
          const seconds = (performance.now() - vacantSince) / 1_000;
          histogram('rx_leadership_vacancy_seconds').observe(series, seconds);
          vacantSince = undefined;
        }
      };
      const stop = [
        gauge('rx_leadership_vacant').watch(series, () => (vacantSince === undefined ? 0 : 1)),
        gauge('rx_leadership_stale').watch(series, () => (view?.stale === false ? 0 : 1)),
      ];
      return view$.pipe(
        tap(see),
        finalize(() => {
          for (const each of stop) each();
        }),
      );
    });
}

/** The metrics of these meters, each made when it is needed, with what it says. */
function made(meters: Meters) {
  return {
    counter: (name: MetricName) => meters.counter(name, metricNames[name]),
    histogram: (name: MetricName) => meters.histogram(name, metricNames[name]),
    gauge: (name: MetricName) => meters.gauge(name, metricNames[name]),
  };
}
