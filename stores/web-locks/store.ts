import { monotonicClock, monotonicScheduler } from '../../lib/clock.js';
import type { LeadershipStore } from '../../lib/contract.js';
import type { Election } from '../shared/election.js';
import { Sessions } from '../shared/sessions.js';
import { assembleStore } from '../shared/store.js';
import { Changes } from './changes.js';
import { WebLocksElection } from './election.js';
import { failures } from './failures.js';
import { WebLocksFeed } from './feed.js';
import { resolveOptions, type WebLocksStoreOptions } from './options.js';
import { openSession, type WebLocksSession } from './session.js';
import { WebLocksStake } from './stake.js';
import { Tokens } from './tokens.js';

/**
 * Elections among the pages (tabs, windows, frames, workers) of one origin in one browser, with its
 * Web Locks. Nothing is asked for before it is needed, so it can be made on a server too.
 *
 * A page that is closed or crashes has a successor at once. One that stands still keeps what it
 * leads, unless the browser tells it in time: see `docs/browser.md`.
 */
export function webLocksStore(options: WebLocksStoreOptions = {}): LeadershipStore {
  const { name: store, staleAfter, timing } = resolveOptions(options);
  const { scheduler = monotonicScheduler, clock = monotonicClock } = options;
  const [changes, tokens] = [new Changes(store), new Tokens(store)];
  const sessions = new Sessions<WebLocksSession>({
    failures,
    scheduler,
    open: (ttl) => openSession({ store, scheduler, clock, timing }, ttl),
  });

  return assembleStore({
    name: 'web-locks',
    ...{ failures, scheduler, clock, staleAfter, sessions, timing },
    election: (key): Election<WebLocksSession> => {
      const election = new WebLocksElection({ store, key }, changes, scheduler, staleAfter / 3);
      return {
        name: key,
        stake: (session, request) =>
          new WebLocksStake({ tokens, election, session, scheduler }, request),
        feed: (listener) => new WebLocksFeed(election, scheduler, listener),
      };
    },
    disconnect: () => undefined, // there is nothing open but for those who watch
  }).store;
}
