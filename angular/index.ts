export {
  injectElection,
  injectLeadership,
  type InjectedElection,
  type InjectedLeadership,
} from './inject.js';
export {
  provideLeadership,
  type LeadershipConfig,
  type LeadershipOverFeed,
  type LeadershipOverStore,
} from './provide.js';
