export { LeaderOnly, OnElected, OnRevoked, WhileLeader } from './decorators.js';
export { Elections, type Election } from './elections.js';
export { LeadershipHealth, type HealthResult } from './health.js';
export { leaderGuard, type LeaderGuardOptions } from './leader-guard.js';
export { LeadershipModule, type AsyncOptions } from './leadership-module.js';
export type { ElectionOptions, LeadershipModuleOptions } from './options.js';
export { electionToken, followerToken, InjectElection, InjectFollower } from './tokens.js';
