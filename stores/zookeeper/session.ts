import type { SchedulerLike } from 'rxjs';
import type { Clock } from '../../lib/clock.js';
import type { LeaseTiming } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { SessionLease } from '../../lib/lease.js';
import { requestLimit, Session, type SessionDriver } from '../shared/session.js';
import { after } from '../shared/timers.js';
import { Connection, type Network } from './connection.js';
import { failures } from './failures.js';
import { Heartbeat } from './heartbeat.js';

/** What sessions need to know of their store. */
export interface SessionSettings {
  readonly clock: Clock;
  /** What is kept to for a granted ttl. */
  readonly timing: (granted: number) => LeaseTiming;
}

/** A session of ZooKeeper, with a connection of its own. */
export class ZooKeeperSession implements SessionDriver {
  readonly connection: Connection;
  readonly #heartbeat: Heartbeat;
  readonly #scheduler: SchedulerLike;
  readonly #limit: number;
  #ending = false;

  constructor(connection: Connection, heartbeat: Heartbeat, scheduler: SchedulerLike) {
    this.connection = connection;
    this.#heartbeat = heartbeat;
    this.#scheduler = scheduler;
    this.#limit = requestLimit(connection.timeout);
  }

  stopRenewing(): void {
    this.#heartbeat.stop();
  }

  async destroy(): Promise<void> {
    const { connection } = this;
    if (!this.#ending) this.#endInTime();
    this.#ending = true;
    await connection.call('close a session', this.#limit, (link) => link.closeSession());
    connection.end(failures.sessionLost('the session was given back'));
  }

  /**
   * It would connect again and again, and a server that hears of the session keeps it for another
   * ttl, with all that is on it, also where its answers are lost. So it has to succeed soon.
   */
  #endInTime(): void {
    const { connection } = this;
    const give = () => connection.end(failures.unconfirmed('the end of a session'));
    const timer = after(this.#scheduler, connection.timeout + this.#limit, give);
    const soon = this.#scheduler.now() + connection.timeout / 8;
    const broken = () => {
      if (this.#scheduler.now() >= soon) give();
    };
    const over = () => timer.unsubscribe();
    if (connection.isOver) over();
    else connection.listen({ linked: nothing, broken, over });
  }
}

function nothing(): void {
  // Of no interest.
}

/** Opens a session; rejects when that takes too long. */
export async function openSession(
  network: Network,
  ttl: number,
  { clock, timing }: SessionSettings,
): Promise<Session<ZooKeeperSession>> {
  const { scheduler } = network;
  const connection = new Connection(network, ttl);
  try {
    await connection.call('open a session', requestLimit(ttl), () => Promise.resolve());
  } catch (error) {
    connection.end(failures.unconfirmed('a session'));
    throw error;
  }
  const granted = connection.timeout;
  // A new session is a write of its own: the majority has agreed to it after the question left.
  const { asked } = connection;
  const lease = new SessionLease(timing(granted), asked, clock, scheduler);
  const drive = (gone: (error: LeadershipError) => void) =>
    new ZooKeeperSession(
      connection,
      new Heartbeat({ connection, lease, scheduler, clock, gone }),
      scheduler,
    );
  return new Session({ failures, scheduler, lease, drive });
}
