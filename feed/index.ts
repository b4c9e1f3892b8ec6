export { electionsOf, type FeedElection, type FeedElections } from './elections.js';
export { leadershipFeed, type LeadershipFeed } from './feed.js';
export type { FeedAction, FeedOptions } from './options.js';
