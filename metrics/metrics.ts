/** A number that goes up. */
export interface CounterLike {
  inc(labels: Readonly<Record<string, string>>, by?: number): void;
}

/** Numbers of which the distribution counts, in seconds. */
export interface HistogramLike {
  observe(labels: Readonly<Record<string, string>>, seconds: number): void;
}

/** A number that is read when somebody asks. */
export interface GaugeLike {
  /** `read` is called for each scrape or export, until the result is called. */
  watch(labels: Readonly<Record<string, string>>, read: () => number | undefined): () => void;
}

/** Where the numbers go: see `prometheus` and `openTelemetry`. */
export interface Meters {
  counter(name: MetricName, help: string): CounterLike;
  histogram(name: MetricName, help: string): HistogramLike;
  gauge(name: MetricName, help: string): GaugeLike;
}

/**
 * All metrics, with what they say. Labels: `name`, the election; `store`; and where it is said
 * `reason` or `code`, of which there are few. Nothing is labelled by candidate: that would make a
 * series of each process that ever ran.
 */
export const metricNames = {
  /** The name that controllers of Kubernetes use, so that their alerts and dashboards work. */
  leader_election_master_status: '1 while this process leads, by the clock, else 0',
  rx_leadership_terms_total: 'terms that this process has led',
  rx_leadership_lost_total: 'terms that have ended, by reason',
  rx_leadership_errors_total: 'trouble of this candidate, by code',
  rx_leadership_term_seconds: 'how long terms have lasted',
  rx_leadership_lease_remaining_seconds: 'how long the present term lasts without another renewal',
  rx_leadership_fencing_token: 'the token of the present term, or of the last one; exact to 2^53',
  rx_leadership_suspended_total: 'renewals that were overdue in a term',
  rx_leadership_vacant: '1 while nobody leads, as this process sees it, else 0',
  rx_leadership_vacancy_seconds: 'how long nobody has led, as this process saw it',
  rx_leadership_stale: '1 while this process has no contact with the store, else 0',
} as const;

export type MetricName = keyof typeof metricNames;
