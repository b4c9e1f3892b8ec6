export { instrument, instrumentView, type InstrumentLabels } from './instrument.js';
export { metricNames, type MetricName, type Meters } from './metrics.js';
export { openTelemetry } from './open-telemetry.js';
export { prometheus } from './prometheus.js';
