import { monotonicScheduler } from '../../lib/clock.js';
import type { LeadershipStore } from '../../lib/contract.js';
import type { Election } from '../shared/election.js';
import { machineClock } from '../shared/machine-clock.js';
import { Sessions } from '../shared/sessions.js';
import { assembleStore } from '../shared/store.js';
import { encodeValue } from '../shared/value.js';
import { Connection } from './connection.js';
import { Courtesy } from './courtesy.js';
import { failures } from './failures.js';
import { openFeed } from './feed.js';
import { resolveOptions, type ConsulStoreOptions } from './options.js';
import { openSession, type ConsulSession } from './session.js';
import { Sight } from './sight.js';
import { ConsulStake } from './stake.js';

/**
 * Elections in Consul. Nothing is connected before it is needed; all elections of one store share
 * one session and few blocking queries.
 */
export function consulStore(options: ConsulStoreOptions): LeadershipStore {
  const settings = resolveOptions(options);
  const { ttl: storeTtl, prefix, staleAfter, timing } = settings;
  const { scheduler = monotonicScheduler, clock = machineClock } = options;
  const connection = new Connection(options, scheduler);
  const sight = new Sight(connection, staleAfter / 3);
  const courtesy = new Courtesy(scheduler);
  const sessions = new Sessions<ConsulSession>({
    failures,
    scheduler,
    open: (ttl) => openSession(connection, ttl, { ...settings, clock }),
  });

  const election = (key: string): Election<ConsulSession> => {
    const name = `${prefix}${key}`;
    return {
      name,
      stake: (session, { id, data }) =>
        new ConsulStake({ connection, sight, session, courtesy }, name, encodeValue(id, data)),
      feed: (listener) => openFeed(sight, name, listener),
    };
  };

  const { store } = assembleStore({
    name: 'consul',
    ...{ failures, scheduler, clock, staleAfter, sessions, election },
    timing: (ttl = storeTtl) => timing(ttl),
    disconnect: () => {
      sight.close();
      connection.close();
    },
  });
  return store;
}
