export { FakeElections } from './fake-elections.js';
