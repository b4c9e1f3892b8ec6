import {
  DestroyRef,
  inject,
  InjectionToken,
  makeEnvironmentProviders,
  NgZone,
  PLATFORM_ID,
  type EnvironmentProviders,
} from '@angular/core';
import type { LeadershipStore } from '../lib/contract.js';
import type { FollowFeedOptions } from '../lib/follow-feed.js';
import { Elections } from './elections.js';

/** Where an application learns who leads: from a store, or from a feed. */
export type LeadershipConfig = LeadershipOverStore | LeadershipOverFeed;

/** Elections in which the application may run itself: among the tabs of a browser, say. */
export interface LeadershipOverStore {
  /**
   * A store, or a function that makes one when it is needed first. What the function has made is
   * closed with the injector; a store that was given is left to its owner.
   */
  readonly store: LeadershipStore | (() => LeadershipStore);
}

/** Elections of servers, to look at: see `rx-leadership/feed`. */
export interface LeadershipOverFeed extends FollowFeedOptions {
  /** The URL of the feed. All elections share one connection. */
  readonly feed: string | URL;
}

export const ELECTIONS = new InjectionToken<Elections>('rx-leadership elections');

/**
 * Says where the application learns who leads. For `bootstrapApplication`, or for a route.
 *
 * Nothing is opened before somebody asks with `injectLeadership` or `injectElection`, and nothing at
 * all where pages are rendered on a server.
 *
 * @example
 * bootstrapApplication(App, { providers: [provideLeadership({ feed: '/leadership/events' })] });
 */
export function provideLeadership(config: LeadershipConfig): EnvironmentProviders {
  const make = () => {
    const isServer = inject(PLATFORM_ID) === 'server'; // as `isPlatformServer` has it
    const elections = new Elections(config, inject(NgZone), isServer);
    inject(DestroyRef).onDestroy(() => elections.close());
    return elections;
  };
  return makeEnvironmentProviders([{ provide: ELECTIONS, useFactory: make }]);
}
