import type { NgZone } from '@angular/core';
import { of, type Observable } from 'rxjs';
import { campaign } from '../lib/campaign.js';
import type { LeadershipStore } from '../lib/contract.js';
import { LeadershipError } from '../lib/errors.js';
import type { FeedViews } from '../lib/feed-views.js';
import { follow, type LeaderView } from '../lib/follow.js';
import { followFeed, openFeed } from '../lib/follow-feed.js';
import { normalKey } from '../lib/key.js';
import type { Leadership } from '../lib/leadership.js';
import type { CampaignOptions } from '../lib/options.js';
import type { LeadershipConfig } from './provide.js';
import { emitInZone } from './zone.js';

/** What is known before anything was heard, and on a server for good. */
export const nothingSeen: LeaderView = { leader: undefined, stale: true };
export const notYetRunning: Leadership = { elected: false, state: 'joining' };

/** The elections of one injector: what looks at the same one shares it. */
export class Elections {
  readonly #config: LeadershipConfig;
  readonly #zone: NgZone;
  readonly #isServer: boolean;
  readonly #views = new Map<string, Observable<LeaderView>>();
  #made: LeadershipStore | undefined;
  #feed: Observable<FeedViews> | undefined;

  constructor(config: LeadershipConfig, zone: NgZone, isServer: boolean) {
    this.#config = config;
    this.#zone = zone;
    this.#isServer = isServer;
  }

  view(key: string): Observable<LeaderView> {
    const election = normalKey(key);
    if (this.#isServer) return of(nothingSeen);
    const known = this.#views.get(election);
    if (known !== undefined) return known;
    const view$ = emitInZone(this.#zone, this.#follow(election));
    this.#views.set(election, view$);
    return view$;
  }

  /** A candidate of its own for each call. */
  run(options: CampaignOptions): Observable<Leadership> {
    if (this.#isServer) return of(notYetRunning);
    return emitInZone(this.#zone, campaign(this.#store(), options));
  }

  close(): void {
    void this.#made?.close();
  }

  #follow(key: string): Observable<LeaderView> {
    if (!('feed' in this.#config)) return follow(this.#store(), key);
    this.#feed ??= openFeed(this.#config.feed, this.#config);
    return followFeed(this.#feed, key);
  }

  #store(): LeadershipStore {
    if ('feed' in this.#config) throw notOverFeed();
    const { store } = this.#config;
    if (typeof store !== 'function') return store;
    this.#made ??= this.#zone.runOutsideAngular(store);
    return this.#made;
  }
}

function notOverFeed(): LeadershipError {
  const message =
    'injectElection needs a store: over a feed one can only look. Use provideLeadership({ store })';
  return new LeadershipError('unsupported', message);
}
