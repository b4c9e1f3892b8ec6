import { randomBytes } from 'node:crypto';
import { monotonicScheduler } from '../../lib/clock.js';
import type { LeadershipStore } from '../../lib/contract.js';
import type { Election } from '../shared/election.js';
import { machineClock } from '../shared/machine-clock.js';
import { requestLimit } from '../shared/session.js';
import { Sessions } from '../shared/sessions.js';
import { assembleStore } from '../shared/store.js';
import { encodeValue } from '../shared/value.js';
import { Connection } from './connection.js';
import { failures } from './failures.js';
import { openFeed } from './feed.js';
import { resolveOptions, type EtcdStoreOptions } from './options.js';
import { openSession, type EtcdSession } from './session.js';
import { EtcdStake } from './stake.js';
import { Watches } from './watches.js';
import { electionKeys } from './wire.js';

/**
 * Elections in etcd. Nothing is connected before it is needed; all elections of one store share
 * one connection, one lease, one renewal and one stream of watches.
 */
export function etcdStore(options: EtcdStoreOptions): LeadershipStore {
  const { client, ttl: storeTtl, prefix, margin, timing, staleAfter } = resolveOptions(options);
  const { scheduler = monotonicScheduler, clock = machineClock } = options;
  const connection = new Connection(client, scheduler);
  const watches = new Watches(connection, staleAfter / 3);
  const sessions = new Sessions<EtcdSession>({
    failures,
    scheduler,
    open: (ttl) => openSession(connection, ttl, { clock, margin }),
  });
  const nonce = nonces();
  const feeds = { connection, watches, limit: requestLimit(storeTtl) };

  const election = (key: string): Election<EtcdSession> => {
    const keys = electionKeys(prefix, key);
    return {
      name: keys.prefix,
      stake: ({ driver, lease, limit }, { id, data }) => {
        const own = {
          key: Buffer.from(`${keys.prefix}${driver.hex}-${nonce()}`),
          value: Buffer.from(encodeValue(id, data)),
          lease: driver.id,
        };
        return new EtcdStake({ connection, watches, limit, patience: lease.ttl }, keys, own);
      },
      feed: (listener) => openFeed(feeds, keys, listener),
    };
  };

  const { store, loseWorld } = assembleStore({
    name: 'etcd',
    ...{ failures, scheduler, clock, staleAfter, sessions, election },
    timing: (ttl = storeTtl) => timing(ttl),
    disconnect: () => {
      watches.close();
      connection.close();
    },
  });
  connection.world.onLost(loseWorld);
  return store;
}

/** Says which claim is meant, whatever else its session has staked; random as ids of sessions are. */
function nonces(): () => string {
  const store = randomBytes(8).toString('hex');
  let claims = 0;
  return () => `${store}${(claims += 1).toString(16)}`;
}
