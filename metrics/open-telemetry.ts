import type { Meter } from '@opentelemetry/api';
import type { CounterLike, GaugeLike, HistogramLike, MetricName, Meters } from './metrics.js';

/**
 * For a meter of OpenTelemetry. No spans: one for a term would last for days, and be lost with the
 * process.
 *
 * @example
 * import { metrics } from '@opentelemetry/api';
 * const meters = openTelemetry(metrics.getMeter('my-service'));
 */
export function openTelemetry(meter: Meter): Meters {
  const known = new Map<MetricName, unknown>();
  const once = <T>(name: MetricName, make: () => T): T => {
    const metric = known.get(name) ?? make();
    known.set(name, metric);
    return metric as T;
  };
  return {
    counter: (name, description): CounterLike =>
      once(name, () => {
        const counter = meter.createCounter(name, { description });
        return { inc: (labels, by = 1) => counter.add(by, labels) };
      }),
    histogram: (name, description): HistogramLike =>
      once(name, () => {
        const histogram = meter.createHistogram(name, { description, unit: 's' });
        return { observe: (labels, seconds) => histogram.record(seconds, labels) };
      }),
    gauge: (name, description): GaugeLike =>
      once(name, () => {
        const gauge = meter.createObservableGauge(name, { description });
        return {
          watch: (labels, read) => {
            const observe: Parameters<typeof gauge.addCallback>[0] = (result) => {
              const value = read();
              if (value !== undefined) result.observe(value, labels);
            };
            gauge.addCallback(observe);
            return () => gauge.removeCallback(observe);
          },
        };
      }),
  };
}
