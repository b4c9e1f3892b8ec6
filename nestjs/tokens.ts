import { Inject } from '@nestjs/common';

/** The injection token of an election: what {@link InjectElection} injects. */
export const electionToken = (name: string) => `rx-leadership:election:${name}`;

/** The injection token of a follower: what {@link InjectFollower} injects. */
export const followerToken = (name: string) => `rx-leadership:follower:${name}`;

/**
 * Injects where this process stands in an election of `forFeature`: an `Observable<Leadership>`,
 * shared by all who ask for it. To subscribe starts and stops nothing: the application does.
 *
 * @param name The name of the election; its key, where it was given no other.
 */
export const InjectElection = (name: string) => Inject(electionToken(name));

/**
 * Injects who leads an election of `forFeature`: an `Observable<LeaderView>`, as `follow` gives it.
 *
 * @param name The name of the election; its key, where it was given no other.
 */
export const InjectFollower = (name: string) => Inject(followerToken(name));
