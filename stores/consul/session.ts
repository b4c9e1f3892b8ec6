import type { Subscription } from 'rxjs';
import { momentOf, type Clock, type Moment } from '../../lib/clock.js';
import type { LeaseTiming } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { SessionLease } from '../../lib/lease.js';
import { isPassing } from '../shared/failures.js';
import { Renewing } from '../shared/renewing.js';
import { requestLimit, Session, type SessionDriver } from '../shared/session.js';
import { after, Backoff } from '../shared/timers.js';
import type { Connection } from './connection.js';
import { failures, statusOf } from './failures.js';
import { Queues } from './queues.js';

export interface SessionSettings {
  readonly clock: Clock;
  readonly timing: (ttl: number) => LeaseTiming;
  readonly lockDelay: (ttl: number) => number;
}

/** A session of Consul. */
export interface ConsulSession extends SessionDriver {
  readonly id: string;
  /** Its locks are re-entrant: so claims of one election queue up here. */
  readonly queues: Queues;
}

/** Makes a session, and renews it from then on. */
export async function openSession(
  connection: Connection,
  ttl: number,
  { clock, timing, lockDelay }: SessionSettings,
): Promise<Session<ConsulSession>> {
  let sent = momentOf(clock);
  const limit = requestLimit(ttl);
  const options = {
    name: 'rx-leadership',
    ttl: `${ttl}ms`,
    lockdelay: `${lockDelay(ttl)}ms`,
    // Without the node's own check, which ends a session long before its ttl.
    checks: [],
    behavior: 'release',
  };
  const id = await connection.call('create a session', limit, (client, timeout) => {
    sent = momentOf(clock); // waiting for a turn does not count
    return client.createSession(options, timeout);
  });
  const { scheduler } = connection;
  const lease = new SessionLease(timing(ttl), sent, clock, scheduler);
  return new Session<ConsulSession>({
    ...{ failures, scheduler, lease },
    drive: (gone) => {
      const renewal = new Renewal({ connection, lease, clock, id, granted: sent, gone });
      return {
        id,
        queues: new Queues(),
        stopRenewing: () => renewal.stop(),
        destroy: () =>
          connection.call('destroy a session', limit, (client, timeout) =>
            client.destroySession(id, timeout),
          ),
      };
    },
  });
}

interface RenewalSurroundings {
  readonly connection: Connection;
  readonly lease: SessionLease;
  readonly clock: Clock;
  readonly id: string;
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
  /** When the newest acknowledged request left. */
  #acknowledged: number;

  constructor(surroundings: RenewalSurroundings) {
    super({ failures, ...surroundings });
    this.#surroundings = surroundings;
    const { granted, clock } = surroundings;
    this.#acknowledged = granted.now;
    this.#tickIn(granted.now + this.interval - clock.now());
  }

  protected giveBack(): void {
    this.#ticking?.unsubscribe();
    this.#doubting?.unsubscribe();
    this.#retry?.unsubscribe();
  }

  #tickIn(delay: number): void {
    const { scheduler } = this.#surroundings.connection;
    this.#ticking = after(scheduler, delay, () => this.#tick());
  }

  #tick(): void {
    if (this.endIfOver()) return;
    const { connection, clock, lease } = this.#surroundings;
    const asked = clock.now();
    this.#tickIn(this.interval);
    this.#doubting?.unsubscribe();
    this.#doubting = after(connection.scheduler, this.interval / 2, () => {
      if (!this.endIfOver() && this.#acknowledged < asked) lease.doubt();
    });
    void this.#renew();
  }

  async #renew(): Promise<void> {
    const { connection, clock, lease, id } = this.#surroundings;
    let sent = momentOf(clock);
    try {
      // Takes no turn: nothing else may delay it.
      await connection.wait('renew the session', requestLimit(lease.ttl), (client, timeout) => {
        sent = momentOf(clock);
        return client.renewSession(id, timeout).catch((error: unknown) => {
          if (statusOf(error) === 404) throw failures.sessionLost('the session is gone');
          throw error;
        });
      });
    } catch (error) {
      this.#failed(error as LeadershipError);
      return;
    }
    if (this.isStopped) return;
    this.#backoff.reset();
    this.#acknowledged = Math.max(this.#acknowledged, sent.now);
    if (!lease.acknowledged(sent)) this.end('a renewal was acknowledged too late');
  }

  #failed(error: LeadershipError): void {
    if (this.endIfOver()) return;
    if (isPassing(error)) {
      this.#retry?.unsubscribe();
      const { scheduler } = this.#surroundings.connection;
      this.#retry = after(scheduler, this.#backoff.next(), () => void this.#renew());
      return;
    }
    this.fail(error);
  }
}
