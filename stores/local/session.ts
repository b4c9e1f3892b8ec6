import type { Subscription, SchedulerLike } from 'rxjs';
import { momentOf, type Clock, type Moment } from '../../lib/clock.js';
import type { LeaseTiming } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { SessionLease } from '../../lib/lease.js';
import { isPassing } from '../shared/failures.js';
import { Renewing } from '../shared/renewing.js';
import { Session, type SessionDriver } from '../shared/session.js';
import { after, Backoff } from '../shared/timers.js';
import type { Directory } from './directory.js';
import { failures, translate } from './failures.js';
import type { Liveness } from './liveness.js';
import { machineNow, type ProcessMark } from './machine.js';
import type { ProcessGroups } from './process-groups.js';
import { newSessionName, SessionFile, type SessionRecord } from './session-file.js';

export interface SessionSurroundings {
  readonly directory: Directory;
  readonly liveness: Liveness;
  readonly self: ProcessMark;
  readonly groups: ProcessGroups;
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
  readonly timing: (ttl: number) => LeaseTiming;
}

/** A session of this store: a file that says until when it lives. */
export interface LocalSession extends SessionDriver {
  readonly name: string;
}

/** Makes a session, and renews it from then on. */
export async function openSession(
  surroundings: SessionSurroundings,
  ttl: number,
): Promise<Session<LocalSession>> {
  const { directory, liveness, scheduler, clock, timing } = surroundings;
  try {
    directory.open();
    liveness.removeLeftovers();
  } catch (error) {
    throw translate('open the directory', error);
  }
  const file = new SessionFile(directory, newSessionName());
  const sent = momentOf(clock);
  await file.create(recordOf(surroundings, ttl)).catch((error: unknown) => {
    throw translate('open a session', error);
  });
  const lease = new SessionLease(timing(ttl), sent, clock, scheduler);
  return new Session<LocalSession>({
    ...{ failures, scheduler, lease },
    drive: (gone) => {
      const renewal = new Renewal({ ...surroundings, file, lease, granted: sent, gone });
      return {
        name: file.name,
        stopRenewing: () => renewal.stop(),
        destroy: async () => {
          await renewal.quiet();
          await file.remove().catch((error: unknown) => {
            throw translate('end a session', error);
          });
        },
      };
    },
  });
}

/** To be made after the moment from which the lease counts: others wait longer than we believe. */
function recordOf({ self, groups }: SessionSurroundings, ttl: number): SessionRecord {
  const deadline = machineNow() + BigInt(Math.ceil(ttl * 1e6));
  return { ...self, ttl, deadline, groups: groups.list };
}

interface RenewalSurroundings extends SessionSurroundings {
  readonly file: SessionFile;
  readonly lease: SessionLease;
  readonly granted: Moment;
  readonly gone: (error: LeadershipError) => void;
}

/** Renews a session every quarter of its ttl, and sooner where that has failed. */
class Renewal extends Renewing {
  readonly #surroundings: RenewalSurroundings;
  readonly #backoff = new Backoff();
  #ticking: Subscription | undefined;
  #doubting: Subscription | undefined;
  #retry: Subscription | undefined;
  #underWay: Promise<boolean> | undefined;
  readonly #stopListening: () => void;

  constructor(surroundings: RenewalSurroundings) {
    super({ failures, ...surroundings });
    this.#surroundings = surroundings;
    const { granted, clock } = surroundings;
    this.#stopListening = surroundings.groups.onChange(() => this.#rewrite());
    this.#tickIn(granted.now + this.interval - clock.now());
  }

  /** Resolves when nothing is written any more. */
  async quiet(): Promise<void> {
    await this.#underWay;
  }

  protected giveBack(): void {
    this.#ticking?.unsubscribe();
    this.#doubting?.unsubscribe();
    this.#retry?.unsubscribe();
    this.#stopListening();
  }

  /** At once, with what is to be seen now. Resolves to whether it is. */
  async #rewrite(): Promise<boolean> {
    await this.#underWay;
    if (this.endIfOver()) return true; // nobody acts for it any more
    this.#renew();
    return (await this.#underWay) ?? false;
  }

  #tickIn(delay: number): void {
    this.#ticking = after(this.#surroundings.scheduler, delay, () => this.#tick());
  }

  #tick(): void {
    if (this.endIfOver()) return;
    this.#tickIn(this.interval);
    if (this.#underWay !== undefined) return; // a disk that hangs: in doubt already
    this.#doubting?.unsubscribe();
    this.#doubting = after(this.#surroundings.scheduler, this.interval / 2, () => {
      if (!this.endIfOver()) this.lease.doubt();
    });
    this.#renew();
  }

  #renew(): void {
    this.#underWay = this.#write().finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Whether it was written, and in time. */
  async #write(): Promise<boolean> {
    const { file, clock, lease } = this.#surroundings;
    const sent = momentOf(clock);
    try {
      await file.renew(recordOf(this.#surroundings, lease.ttl));
    } catch (error) {
      this.#failed(translate('renew the session', error));
      return false;
    }
    if (this.isStopped) return true;
    this.#doubting?.unsubscribe();
    this.#backoff.reset();
    // Here the clock is asked, after the file was written: see `Liveness.isOver`.
    if (lease.acknowledged(sent)) return true;
    this.end('a renewal was written too late');
    return false;
  }

  #failed(error: LeadershipError): void {
    if (this.endIfOver()) return;
    if (!isPassing(error)) {
      this.fail(error);
      return;
    }
    this.#retry?.unsubscribe();
    this.#retry = after(this.#surroundings.scheduler, this.#backoff.next(), () => {
      if (!this.endIfOver() && this.#underWay === undefined) this.#renew();
    });
  }
}
