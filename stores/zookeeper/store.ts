import { monotonicScheduler } from '../../lib/clock.js';
import type { LeadershipStore } from '../../lib/contract.js';
import type { Election } from '../shared/election.js';
import { machineClock } from '../shared/machine-clock.js';
import { Sessions } from '../shared/sessions.js';
import { assembleStore } from '../shared/store.js';
import { encodeValue } from '../shared/value.js';
import type { Network } from './connection.js';
import { failures } from './failures.js';
import { openFeed } from './feed.js';
import { electionNode } from './nodes.js';
import { resolveOptions, type ZooKeeperStoreOptions } from './options.js';
import { Reader } from './reader.js';
import { openSession, type ZooKeeperSession } from './session.js';
import { ZooKeeperStake } from './stake.js';

/**
 * Elections in ZooKeeper. Nothing is connected before it is needed; all claims of one store share
 * one session and one heartbeat, all that is watched shares one more connection.
 */
export function zookeeperStore(options: ZooKeeperStoreOptions): LeadershipStore {
  const { servers, chroot, auth, ttl: storeTtl, staleAfter, timing } = resolveOptions(options);
  const { scheduler = monotonicScheduler, clock = machineClock } = options;
  const network: Network = { servers, auth, scheduler, clock, connections: new Set() };
  const sessions = new Sessions<ZooKeeperSession>({
    failures,
    scheduler,
    open: (ttl) => openSession(network, ttl, { clock, timing }),
  });
  const reader = new Reader(network, storeTtl, staleAfter / 3);

  const election = (key: string): Election<ZooKeeperSession> => {
    const node = electionNode(chroot, key);
    return {
      name: node.path,
      stake: ({ driver: { connection }, lease, limit }, { id, data }) => {
        const surroundings = { connection, scheduler, limit, patience: lease.ttl };
        return new ZooKeeperStake(surroundings, node, Buffer.from(encodeValue(id, data)));
      },
      feed: (listener) => openFeed({ reader, scheduler }, node, listener),
    };
  };

  const { store } = assembleStore({
    name: 'zookeeper',
    ...{ failures, scheduler, clock, staleAfter, sessions, election },
    timing: (ttl = storeTtl) => timing(ttl),
    disconnect: () => {
      reader.close();
      for (const connection of [...network.connections]) connection.end(failures.storeClosed());
    },
  });
  return store;
}
