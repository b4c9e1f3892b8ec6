import type * as client from 'prom-client';
import type { CounterLike, GaugeLike, HistogramLike, MetricName, Meters } from './metrics.js';

type Client = Pick<typeof client, 'Counter' | 'Gauge' | 'Histogram'>;

const labelsOf: Partial<Readonly<Record<MetricName, readonly string[]>>> = {
  rx_leadership_lost_total: ['reason'],
  rx_leadership_errors_total: ['code'],
};
/** From a hand-over to a vacancy that should have woken somebody, and to terms of a day. */
const buckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 3_600, 86_400];

/**
 * For `prom-client`: its classes, and the registry in which the metrics are to be.
 *
 * @example
 * import * as client from 'prom-client';
 * const meters = prometheus(client, client.register);
 */
export function prometheus(
  { Counter, Gauge, Histogram }: Client,
  register: client.Registry,
): Meters {
  const known = new Map<MetricName, unknown>();
  const once = <T>(name: MetricName, make: () => T): T => {
    const metric = known.get(name) ?? make();
    known.set(name, metric);
    return metric as T;
  };
  const about = (name: MetricName, help: string) => ({
    name,
    help,
    labelNames: ['name', 'store', ...(labelsOf[name] ?? [])],
    registers: [register],
  });
  return {
    counter: (name, help): CounterLike => once(name, () => new Counter(about(name, help))),
    histogram: (name, help): HistogramLike =>
      once(name, () => new Histogram({ ...about(name, help), buckets })),
    gauge: (name, help): GaugeLike =>
      once(name, () => {
        const reads = new Map<Readonly<Record<string, string>>, () => number | undefined>();
        const gauge = new Gauge({
          ...about(name, help),
          collect() {
            gauge.reset();
            for (const [labels, read] of reads) {
              const value = read();
              if (value !== undefined) gauge.set(labels, value);
            }
          },
        });
        return {
          watch: (labels, read) => {
            const series = { ...labels };
            reads.set(series, read);
            return () => reads.delete(series);
          },
        };
      }),
  };
}
