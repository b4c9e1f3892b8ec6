export { fakeTerm, type FakeTerm, type FakeTermOptions } from './fake-term.js';
export * from './leaderships.js';
export {
  virtualElections,
  type VirtualElections,
  type VirtualElectionsOptions,
} from './virtual-elections.js';
export { scriptedLeadership, type ScriptOptions } from './scripted-leadership.js';
export { virtualStore, type VirtualStore, type VirtualStoreOptions } from './virtual-store.js';
export type { LeveredStore, StoreLevers } from './levers.js';
export { faultyStore, type FaultyStore, type FaultyStoreOptions } from './faulty-store.js';
export { storeFaults, type StoreFault } from './fault-plan.js';
export { underFaults, type MakeFaulty } from './under-faults.js';
export { checkHistory } from './check-history.js';
export type {
  Finding,
  HistoryDemands,
  HistoryRecord,
  HistoryReport,
  HistoryRule,
} from './history.js';
export { HistoryRecorder, type RecordingOptions } from './history-recorder.js';
export * from './conformance/index.js';
