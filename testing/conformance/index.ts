export { conformance, conformanceCases } from './suite.js';
export { closingScenarios, type ClosingScenario } from './closing-scenarios.js';
export type {
  Ability,
  ConformanceCase,
  ConformanceFaults,
  ConformanceHarness,
  StoreManifest,
} from './harness.js';
