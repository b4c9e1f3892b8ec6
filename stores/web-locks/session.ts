import type { SchedulerLike, Subscription } from 'rxjs';
import { momentOf, type Clock, type Moment } from '../../lib/clock.js';
import type { LeaseTiming } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { SessionLease } from '../../lib/lease.js';
import { Renewing } from '../shared/renewing.js';
import { Session, type SessionDriver } from '../shared/session.js';
import { after, within } from '../shared/timers.js';
import { whenPageStops } from './browser.js';
import { answerLimit, heldLocks } from './election.js';
import { failures } from './failures.js';
import { HeldLock } from './held-lock.js';
import { sessionLock } from './names.js';

export interface SessionSurroundings {
  readonly store: string;
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
  readonly timing: (ttl: number) => LeaseTiming;
}

/** A session of this store: a lock that nobody else wants, and those of the claims on it. */
export interface WebLocksSession extends SessionDriver {
  readonly name: string;
  /** Given back with the session, if not before. Call the result when it was. */
  add(lock: HeldLock): () => void;
}

/** Takes the lock of a session, and asks again and again whether it is held. */
export async function openSession(
  surroundings: SessionSurroundings,
  ttl: number,
): Promise<Session<WebLocksSession>> {
  const { store, scheduler, clock, timing } = surroundings;
  const name = crypto.randomUUID();
  const lockName = sessionLock(store, name);
  const sent = momentOf(clock);
  let lost: () => void = () => undefined; // there is nothing yet that can be
  const lock = new HeldLock(lockName, () => lost());
  const late = () => failures.unreachable(`no lock was granted in ${answerLimit} ms`);
  await within(scheduler, answerLimit, lock.granted, late).catch((error: unknown) => {
    void lock.release();
    throw error;
  });
  const lease = new SessionLease(timing(ttl), sent, clock, scheduler);
  return new Session<WebLocksSession>({
    ...{ failures, scheduler, lease },
    drive: (gone) => {
      const renewal = new Renewal({ ...surroundings, lockName, lease, granted: sent, gone });
      lost = () => renewal.lose('its lock was taken away');
      const locks = new Set([lock]);
      return {
        name,
        add: (more) => {
          locks.add(more);
          return () => locks.delete(more);
        },
        stopRenewing: () => renewal.stop(),
        destroy: async () => {
          await Promise.all([...locks].map((each) => each.release()));
        },
      };
    },
  });
}

interface RenewalSurroundings extends SessionSurroundings {
  readonly lockName: string;
  readonly lease: SessionLease;
  readonly granted: Moment;
  readonly gone: (error: LeadershipError) => void;
}

/** A renewal is a look: the browser counts the lock of the session as held. */
class Renewal extends Renewing {
  readonly #surroundings: RenewalSurroundings;
  readonly #stopListening: () => void;
  #ticking: Subscription | undefined;
  #doubting: Subscription | undefined;

  constructor(surroundings: RenewalSurroundings) {
    super({ failures, ...surroundings });
    this.#surroundings = surroundings;
    // A page that stands still keeps its locks, and nobody else could lead.
    this.#stopListening = whenPageStops(() => this.lose('the browser stops this page'));
    const { granted, clock } = surroundings;
    this.#tickIn(granted.now + this.interval - clock.now());
  }

  lose(why: string): void {
    if (!this.isStopped) this.end(why);
  }

  protected giveBack(): void {
    this.#ticking?.unsubscribe();
    this.#doubting?.unsubscribe();
    this.#stopListening();
  }

  #tickIn(delay: number): void {
    this.#ticking = after(this.#surroundings.scheduler, delay, () => this.#tick());
  }

  #tick(): void {
    if (this.endIfOver()) return;
    this.#tickIn(this.interval);
    this.#doubting?.unsubscribe();
    this.#doubting = after(this.#surroundings.scheduler, this.interval / 2, () => {
      if (!this.endIfOver()) this.lease.doubt();
    });
    void this.#renew();
  }

  async #renew(): Promise<void> {
    const { clock, scheduler, lockName } = this.#surroundings;
    const sent = momentOf(clock);
    const held = await heldLocks(scheduler).catch(() => undefined); // in doubt, then tried again
    if (held === undefined || this.endIfOver()) return;
    if (!held.includes(lockName)) this.end('its lock was taken away');
    else if (!this.lease.acknowledged(sent)) this.end('a renewal was answered too late');
    else this.#doubting?.unsubscribe();
  }
}
