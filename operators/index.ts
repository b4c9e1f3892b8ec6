export { elected } from './elected.js';
export { leaderChanges, type LeaderChange } from './leader-changes.js';
export { whileFollower } from './while-follower.js';
export { whileLeader, type WhileLeaderOptions } from './while-leader.js';
