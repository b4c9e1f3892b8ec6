import { Observable, type SchedulerLike } from 'rxjs';
import type { Clock } from '../../lib/clock.js';
import type { ClaimRequest, ClaimState, LeadershipStore, LeaseTiming } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { checkId, normalKey } from '../../lib/key.js';
import { checkDuration } from '../../lib/timing.js';
import { claim, type ActiveClaim, type ClaimSurroundings } from './claim.js';
import type { Election } from './election.js';
import type { Failures } from './failures.js';
import type { SessionDriver } from './session.js';
import type { Sessions } from './sessions.js';
import { after } from './timers.js';
import { Views } from './views.js';

/** What makes a store, apart from what all have in common. */
export interface StoreParts<D extends SessionDriver> {
  readonly name: string;
  readonly failures: Failures;
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
  readonly staleAfter: number;
  /** What would be asked for and kept to; without a ttl, for that of the store. */
  readonly timing: (ttl?: number) => LeaseTiming;
  /** Throws `invalid-option` when the store can have no such key. */
  readonly election: (key: string) => Election<D>;
  readonly sessions: Sessions<D>;
  /** All claims and sessions are given up: closes the connections. */
  readonly disconnect: () => void;
}

/** A store, and a way to say that it lost its data. */
export interface Assembled {
  readonly store: LeadershipStore;
  /** Tokens may start anew, sessions are gone: everybody is told, and begins again. */
  readonly loseWorld: (error: LeadershipError) => void;
}

/** Puts the parts together. */
export function assembleStore<D extends SessionDriver>(parts: StoreParts<D>): Assembled {
  const { name, scheduler, clock } = parts;
  const whole: Whole<D> = {
    ...parts,
    claims: new Set<ActiveClaim>(),
    tokens: new Map(),
    views: new Views(parts),
  };
  const election = (key: string) => parts.election(normalKey(key));
  let closing: Promise<void> | undefined;
  const store: LeadershipStore = {
    name,
    scheduler,
    clock,
    timing: (ttl) => parts.timing(ttl),
    lock: (key, request) => {
      checkId(request.id);
      const { ttl, margin } = parts.timing(request.ttl);
      checkDuration('ttl', ttl, margin + 1); // else no lease would ever be live
      const staked = claim(whole, election(key), { ...request, ttl });
      return new Observable((out) =>
        (closing === undefined ? staked : closedLock(request)).subscribe(out),
      );
    },
    watch: (key) => whole.views.watch(election(key)),
    contenders: (key) => whole.views.contenders(election(key)),
    close: () => {
      if (closing !== undefined) return closing;
      closing = close(whole);
      // Now: whoever is told may ask for a claim, or close again.
      for (const each of [...whole.claims]) each.tellLeaving();
      return closing;
    },
  };
  return { store, loseWorld: (error) => loseWorld(whole, error) };
}

interface Whole<D extends SessionDriver> extends StoreParts<D>, ClaimSurroundings<D> {
  readonly views: Views;
}

function closedLock({ settled }: ClaimRequest): Observable<ClaimState> {
  return new Observable((out) => {
    out.next({ status: 'leaving' });
    return () => queueMicrotask(() => settled?.({ outcome: 'released' }));
  });
}

function loseWorld<D extends SessionDriver>(whole: Whole<D>, error: LeadershipError): void {
  whole.sessions.endAll(error);
  for (const each of [...whole.claims]) each.fail(error);
  whole.views.fail(error);
}

/**
 * Renewals stop now: whoever does not leave in time ends with its lease, and sees that coming. So
 * this is bounded, whatever the server does.
 */
async function close<D extends SessionDriver>(whole: Whole<D>): Promise<void> {
  const { failures, scheduler, sessions, views, claims } = whole;
  sessions.expire();
  await inTime(scheduler, Math.max(whole.timing().ttl, sessions.longest), async () => {
    await Promise.all([...claims].map((each) => each.settled));
    await sessions.ended();
  });
  views.close();
  whole.disconnect();
  sessions.endAll(failures.storeClosed());
  for (const each of [...claims]) each.fail(failures.storeClosed());
}

async function inTime(scheduler: SchedulerLike, limit: number, work: () => Promise<void>) {
  await new Promise<void>((resolve) => {
    const timer = after(scheduler, limit, resolve);
    void work().finally(() => {
      timer.unsubscribe();
      resolve();
    });
  });
}
