import { randomBytes } from 'node:crypto';
import { uptime } from 'node:os';
import { Observable, type SchedulerLike } from 'rxjs';
import { monotonicClock, monotonicScheduler, sleepAware, type Clock } from '../../lib/clock.js';
import type { ClaimRequest, ClaimState, LeadershipStore } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { checkId, normalKey } from '../../lib/key.js';
import { claim, type ClaimSurroundings } from './claim.js';
import { Connection } from './connection.js';
import { storeClosed } from './failures.js';
import { resolveOptions, type EtcdStoreOptions } from './options.js';
import { requestLimit } from './session.js';
import { Sessions } from './sessions.js';
import { after } from './timers.js';
import { Views } from './views.js';
import { Watches } from './watches.js';
import { electionKeys } from './wire.js';

const machineClock: Clock = sleepAware(monotonicClock, () => uptime() * 1_000);

/**
 * Elections in etcd. Nothing is connected before it is needed; all elections of one store share
 * one connection, one lease, one renewal and one stream of watches.
 */
export function etcdStore(options: EtcdStoreOptions): LeadershipStore {
  const settings = resolveOptions(options);
  const scheduler: SchedulerLike = options.scheduler ?? monotonicScheduler;
  const clock = options.clock ?? machineClock;
  const connection = new Connection(settings.client, scheduler);
  const { staleAfter } = settings;
  const watches = new Watches(connection, staleAfter / 3);
  const sessions = new Sessions({ connection, watches, clock, margin: settings.margin });
  const limit = requestLimit(settings.ttl);
  const views = new Views({ connection, watches, staleAfter, limit });
  const parts: Parts = {
    connection,
    sessions,
    watches,
    views,
    claims: new Set(),
    tokens: new Map(),
    nonce,
  };
  connection.world.onLost((error) => loseWorld(parts, error));

  const election = (key: string) => electionKeys(settings.prefix, normalKey(key));
  let closing: Promise<void> | undefined;
  return {
    name: 'etcd',
    scheduler,
    clock,
    timing: (ttl = settings.ttl) => settings.timing(ttl),
    lock: (key, request) => {
      checkId(request.id);
      const { ttl } = settings.timing(request.ttl ?? settings.ttl);
      const staked = claim(parts, election(key), { ...request, ttl });
      return new Observable((out) =>
        (closing === undefined ? staked : closedLock(request)).subscribe(out),
      );
    },
    watch: (key) => views.watch(election(key)),
    contenders: (key) => views.contenders(election(key)),
    close: () => {
      if (closing !== undefined) return closing;
      closing = close(parts, settings.ttl);
      // Now: whoever is told may ask for a claim, or close again.
      for (const each of [...parts.claims]) each.tellLeaving();
      return closing;
    },
  };
}

interface Parts extends ClaimSurroundings {
  readonly views: Views;
}

/** Which claim is meant, whatever else its session has staked. */
function nonce(): string {
  return randomBytes(8).toString('hex');
}

function closedLock({ settled }: ClaimRequest): Observable<ClaimState> {
  return new Observable((out) => {
    out.next({ status: 'leaving' });
    return () => queueMicrotask(() => settled?.({ outcome: 'released' }));
  });
}

/** The revisions start anew, and the leases are gone: everybody is told, and begins again. */
function loseWorld({ sessions, views, claims }: Parts, error: LeadershipError): void {
  sessions.endAll(error);
  for (const each of [...claims]) each.fail(error);
  views.fail(error);
}

/**
 * Renewals stop now: whoever does not leave in time ends with its lease, and sees that coming. So
 * this is bounded, whatever the server does.
 */
async function close(parts: Parts, ttl: number): Promise<void> {
  const { connection, sessions, watches, views, claims } = parts;
  sessions.expire();
  await inTime(parts, Math.max(ttl, sessions.longest), async () => {
    await Promise.all([...claims].map((each) => each.settled));
    await sessions.ended();
  });
  views.close();
  watches.close();
  connection.close();
  sessions.endAll(storeClosed());
  for (const each of [...claims]) each.fail(storeClosed());
}

async function inTime({ connection }: Parts, limit: number, work: () => Promise<void>) {
  await new Promise<void>((resolve) => {
    const timer = after(connection.scheduler, limit, resolve);
    void work().finally(() => {
      timer.unsubscribe();
      resolve();
    });
  });
}
