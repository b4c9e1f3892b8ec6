import type { CandidateOptions, LeadershipStore } from '../lib/index.js';

/** For `LeadershipModule.forRoot`. */
export interface LeadershipModuleOptions {
  /** A URL for `openStore`, or a store of yours, which you close yourself. */
  readonly store: string | LeadershipStore;
  /** This process, as others see it. Default: host name and process id. */
  readonly id?: string | undefined;
  /** More for followers: the address at which {@link leaderGuard} sends requests here, say. */
  readonly data?: string | undefined;
}

/** An election of `LeadershipModule.forFeature`. Durations are milliseconds. */
export interface ElectionOptions extends Omit<CandidateOptions, 'until' | 'data'> {
  readonly key: string;
  /** By which it is injected and named in decorators. Default: `key`. */
  readonly name?: string | undefined;
}
