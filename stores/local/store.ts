import { monotonicScheduler } from '../../lib/clock.js';
import type { LeadershipStore } from '../../lib/contract.js';
import type { Election } from '../shared/election.js';
import { machineClock } from '../shared/machine-clock.js';
import { Sessions } from '../shared/sessions.js';
import { assembleStore } from '../shared/store.js';
import { Directory } from './directory.js';
import { folderName } from './election-folder.js';
import { failures } from './failures.js';
import { openFeed } from './feed.js';
import { Folders } from './folder.js';
import { Liveness } from './liveness.js';
import { thisProcess } from './machine.js';
import { resolveOptions, type LocalStoreOptions } from './options.js';
import { groupsOf, ProcessGroups } from './process-groups.js';
import { openSession, type LocalSession } from './session.js';
import { LocalStake } from './stake.js';

/**
 * Elections among the processes of one machine, in a directory, without a server. Nothing is made
 * before it is needed.
 */
export function localStore(options: LocalStoreOptions): LeadershipStore {
  const { directory: path, ttl: storeTtl, staleAfter, timing } = resolveOptions(options);
  const { scheduler = monotonicScheduler, clock = machineClock } = options;
  const self = thisProcess();
  const directory = new Directory(path);
  const liveness = new Liveness(directory, scheduler, self);
  const folders = new Folders(directory, scheduler, staleAfter / 3);
  const groups = new ProcessGroups();
  const surroundings = { directory, liveness, self, groups, scheduler, clock, timing };
  const sessions = new Sessions<LocalSession>({
    failures,
    scheduler,
    open: (ttl) => openSession(surroundings, ttl),
  });

  const election = (key: string): Election<LocalSession> => {
    const name = folderName(key);
    return {
      name: key,
      stake: (session, request) =>
        new LocalStake({ folder: folders.of(name), liveness, session }, request),
      feed: (listener) => openFeed({ ...surroundings, folder: folders.of(name) }, listener),
    };
  };

  const { store } = assembleStore({
    name: 'local',
    ...{ failures, scheduler, clock, staleAfter, sessions, election },
    timing: (ttl = storeTtl) => timing(ttl),
    disconnect: () => undefined, // there is nothing open but for those who watch
  });
  groupsOf(store, groups);
  return store;
}
