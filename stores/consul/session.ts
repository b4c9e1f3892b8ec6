import type { Subscription } from 'rxjs';
import { momentOf, type Clock, type Moment } from '../../lib/clock.js';
import type { LeaseTiming } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { SessionLease } from '../../lib/lease.js';
import { isPassing } from '../shared/failures.js';
import { Renewing } from '../shared/renewing.js';
import { requestLimit, Session, type SessionDriver } from '../shared/session.js';
import { after, Backoff, pause } from '../shared/timers.js';
import { Check } from './check.js';
import type { ConsulClient } from './client.js';
import type { Connection, Send } from './connection.js';
import { failures, statusOf } from './failures.js';
import { Queues } from './queues.js';

export interface SessionSettings {
  readonly clock: Clock;
  readonly timing: (ttl: number) => LeaseTiming;
  readonly lockDelay: (ttl: number) => number;
  readonly ttlCheck: boolean;
  readonly sessionTtl: (ttl: number) => number;
}

/** A session of Consul. */
export interface ConsulSession extends SessionDriver {
  readonly id: string;
  /** Its locks are re-entrant: so claims of one election queue up here. */
  readonly queues: Queues;
  /** The keys that are watched for what may still arrive. */
  readonly guarded: Set<string>;
}

/** Makes a session, and renews it from then on. */
export async function openSession(
  connection: Connection,
  ttl: number,
  settings: SessionSettings,
): Promise<Session<ConsulSession>> {
  const { clock, timing, ttlCheck } = settings;
  const check = ttlCheck ? await Check.register(connection, ttl, clock) : undefined;
  const { id, asked } = await create(connection, ttl, settings, check);
  const granted = check?.registered ?? asked;
  const { scheduler } = connection;
  const lease = new SessionLease(timing(ttl), granted, clock, scheduler);
  const sendRenewal: Send<unknown> = (client, timeout) =>
    Promise.all([renew(client, id, timeout), check?.pass(client, timeout)]);
  return new Session<ConsulSession>({
    ...{ failures, scheduler, lease },
    drive: (gone) => {
      const renewal = new Renewal({ connection, lease, clock, sendRenewal, granted, gone });
      return {
        id,
        queues: new Queues(),
        guarded: new Set(),
        stopRenewing: () => renewal.stop(),
        destroy: async () => {
          await connection.call('destroy a session', requestLimit(ttl), (client, timeout) =>
            client.destroySession(id, timeout),
          );
          await check?.remove(); // not before: a session does not outlive its check
        },
      };
    },
  });
}

interface Created {
  readonly id: string;
  /** When the question left that was answered. */
  readonly asked: Moment;
}

async function create(
  connection: Connection,
  ttl: number,
  { clock, lockDelay, sessionTtl }: SessionSettings,
  check: Check | undefined,
): Promise<Created> {
  const session = {
    Name: 'rx-leadership',
    TTL: `${sessionTtl(ttl)}ms`,
    LockDelay: `${lockDelay(ttl)}ms`,
    Behavior: 'release',
    // Without the node's own check, which ends a session long before its ttl.
    ...(check ? { NodeChecks: [], ServiceChecks: [{ ID: check.id }] } : { Checks: [] }),
  };
  const limit = requestLimit(ttl);
  const until = connection.scheduler.now() + limit;
  for (;;) {
    let asked = momentOf(clock);
    try {
      const id = await connection.call('create a session', limit, (client, timeout) => {
        asked = momentOf(clock); // waiting for a turn does not count
        return client.createSession(session, timeout);
      });
      return { id, asked };
    } catch (error) {
      const isTooEarly = /missing check/i.test((error as LeadershipError).message);
      if (!isTooEarly || connection.scheduler.now() >= until) {
        await check?.remove();
        throw error;
      }
      await pause(connection.scheduler, 10); // until the agent has told the servers
    }
  }
}

async function renew(client: ConsulClient, id: string, timeout: number): Promise<void> {
  try {
    await client.renewSession(id, timeout);
  } catch (error) {
    if (statusOf(error) === 404) throw failures.sessionLost('the session is gone');
    throw error;
  }
}

interface RenewalSurroundings {
  readonly connection: Connection;
  readonly lease: SessionLease;
  readonly clock: Clock;
  /** Resolves when the servers have acknowledged it, and with a check its agent too. */
  readonly sendRenewal: Send<unknown>;
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
    const { connection, clock, lease, sendRenewal } = this.#surroundings;
    let sent = momentOf(clock);
    try {
      // Takes no turn: nothing else may delay it.
      await connection.wait('renew the session', requestLimit(lease.ttl), (client, timeout) => {
        sent = momentOf(clock);
        return sendRenewal(client, timeout);
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
