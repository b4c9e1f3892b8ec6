import { randomBytes } from 'node:crypto';
import { uptime } from 'node:os';
import { EMPTY, NEVER, Observable, type SchedulerLike } from 'rxjs';
import { monotonicScheduler, type Clock } from '../../lib/clock.js';
import type { LeadershipStore } from '../../lib/contract.js';
import { checkId, normalKey } from '../../lib/key.js';
import { claim, type ClaimSurroundings } from './claim.js';
import { Connection } from './connection.js';
import { resolveOptions, type EtcdStoreOptions } from './options.js';
import { Sessions } from './sessions.js';
import { Watches } from './watches.js';
import { electionKeys } from './wire.js';

const machineClock: Clock = {
  now: () => performance.now(),
  sinceBoot: () => uptime() * 1_000,
};

/**
 * Elections in etcd. Nothing is connected before it is needed; all elections of one store share
 * one connection, one lease and one stream of watches.
 */
export function etcdStore(options: EtcdStoreOptions): LeadershipStore {
  const settings = resolveOptions(options);
  const scheduler: SchedulerLike = options.scheduler ?? monotonicScheduler;
  const clock = options.clock ?? machineClock;
  const connection = new Connection(settings.client, scheduler);
  const sessions = new Sessions(connection, { clock, margin: settings.margin });
  const watches = new Watches(connection, settings.staleAfter / 3);
  const surroundings: ClaimSurroundings = {
    connection,
    sessions,
    watches,
    claims: new Set(),
    nonce: () => randomBytes(8).toString('hex'),
  };
  let closing: Promise<void> | undefined;
  return {
    name: 'etcd',
    scheduler,
    clock,
    timing: (ttl = settings.ttl) => settings.timing(ttl),
    lock: (key, request) => {
      const election = electionKeys(settings.prefix, normalKey(key));
      checkId(request.id);
      const { ttl } = settings.timing(request.ttl ?? settings.ttl);
      return claim(surroundings, election, { ...request, ttl });
    },
    watch: () => NEVER,
    contenders: () => EMPTY,
    close: async () => {
      closing ??= close(surroundings);
      return closing;
    },
  };
}

async function close({ connection, sessions, watches, claims }: ClaimSurroundings) {
  sessions.expire();
  const open = [...claims];
  for (const each of open) each.tellLeaving();
  await Promise.all(open.map((each) => each.settled));
  await sessions.ended();
  watches.close();
  connection.close();
}
