export { fakeTerm, type FakeTerm, type FakeTermOptions } from './fake-term.js';
export * from './leaderships.js';
export {
  virtualElections,
  type VirtualElections,
  type VirtualElectionsOptions,
} from './virtual-elections.js';
