export type { RetryOptions } from './backoff.js';
export { campaign } from './campaign.js';
export { Candidate, type CandidateOptions } from './candidate.js';
export { monotonicClock, monotonicScheduler, type Clock, type Moment } from './clock.js';
export {
  leaderRecord,
  type ClaimRequest,
  type ClaimState,
  type Contender,
  type KeyState,
  type LeaderRecord,
  type LeadershipStore,
  type Lease,
  type LeaseState,
  type LeaseTiming,
  type Settlement,
} from './contract.js';
export {
  errorCodes,
  isLeadershipError,
  LeadershipError,
  type LeadershipErrorCode,
} from './errors.js';
export type { FeedViews } from './feed-views.js';
export {
  followFeed,
  openFeed,
  type EventSourceLike,
  type FollowFeedOptions,
} from './follow-feed.js';
export { follow, type FollowOptions, type LeaderView } from './follow.js';
export { Follower } from './follower.js';
export { normalKey } from './key.js';
export {
  describeLeadership,
  type Elected,
  type Leadership,
  type NotElected,
} from './leadership.js';
export { SessionLease } from './lease.js';
export type { CampaignOptions } from './options.js';
export { termEnd, type Term, type TermEnd, type TermEndReason } from './term.js';
