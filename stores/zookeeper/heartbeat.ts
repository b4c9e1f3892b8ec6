import type { SchedulerLike, Subscription } from 'rxjs';
import { momentOf, type Clock, type Moment } from '../../lib/clock.js';
import type { LeadershipError } from '../../lib/errors.js';
import type { SessionLease } from '../../lib/lease.js';
import { isPassing } from '../shared/failures.js';
import { Renewing } from '../shared/renewing.js';
import { after } from '../shared/timers.js';
import type { Link } from './client-link.js';
import type { Connection } from './connection.js';
import { failures, translate } from './failures.js';

export interface HeartbeatSurroundings {
  readonly connection: Connection;
  readonly lease: SessionLease;
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
  readonly gone: (error: LeadershipError) => void;
}

/**
 * Keeps one session alive, and proves that it is: one write that changes nothing per quarter of the
 * ttl, however many claims.
 *
 * Why a write, and why the one before it: a follower of the ensemble answers pings and reads alone,
 * and tells the leader only every half tick which sessions it has heard of. So an answer to those
 * proves nothing: cut off together with its follower, a candidate would get them for seconds more
 * while the majority gives its claims away. A write is answered by the majority, but does not itself
 * tell the leader that the session lives. Yet it comes to the leader on the same stream as the
 * follower's reports, so it proves that everything was reported which the follower had heard half a
 * tick before; and a quarter of the ttl is no less than that, since no session is shorter than two
 * ticks. Hence a lease counts from the acknowledged write *before* the newest one, of one link.
 *
 * The first on a link is the question that it began with. A new session is a write of its own, so
 * its lease counts from that at once. When a session is taken up again, the server asks the leader,
 * which takes that for a sign of life there and then; the first write that is acknowledged after it
 * proves that this leader had a majority, so then the lease counts from the question.
 */
export class Heartbeat extends Renewing {
  readonly #surroundings: HeartbeatSurroundings;
  readonly #stopListening: () => void;
  /** When what proves the next acknowledged write left, on the present link. */
  #anchor: Moment;
  /** From when the lease counts. */
  #proven: Moment;
  /** When the newest acknowledged write left. */
  #acknowledged: number;
  /** When those left that are not answered yet. */
  readonly #open = new Set<number>();
  #ticking: Subscription | undefined;
  #doubting: Subscription | undefined;

  constructor(surroundings: HeartbeatSurroundings) {
    super({ failures, ...surroundings });
    this.#surroundings = surroundings;
    const { connection } = surroundings;
    this.#anchor = connection.asked;
    this.#proven = connection.asked;
    this.#acknowledged = connection.asked.now;
    this.#stopListening = connection.listen({
      linked: () => this.#restart(),
      broken: () => this.#open.clear(),
      over: (error) => this.fail(error),
    });
    // Counted from the question: behind a slow network much of the lease is used up already.
    this.#tickIn(connection.asked.now + this.interval - this.#now);
  }

  protected giveBack(): void {
    this.#stopListening();
    this.#ticking?.unsubscribe();
    this.#doubting?.unsubscribe();
  }

  get #now(): number {
    return this.#surroundings.clock.now();
  }

  #restart(): void {
    this.#anchor = this.#surroundings.connection.asked;
    this.#open.clear();
    this.#tick();
  }

  #tickIn(delay: number): void {
    this.#ticking?.unsubscribe();
    this.#ticking = after(this.#surroundings.scheduler, delay, () => this.#tick());
  }

  #tick(): void {
    if (this.endIfOver()) return;
    const { connection, scheduler } = this.#surroundings;
    this.#tickIn(this.interval);
    const asked = this.#now;
    this.#doubting?.unsubscribe();
    this.#doubting = after(scheduler, this.interval / 2, () => {
      if (!this.endIfOver() && this.#acknowledged < asked) this.#surroundings.lease.doubt();
    });
    const { link } = connection;
    if (link === undefined) return;
    if (this.#isSilent(link)) connection.give(link, 'the server does not answer any more');
    else void this.#beat(link);
  }

  /** Another server may answer where this one is frozen. Not when the network is merely slow. */
  #isSilent(link: Link): boolean {
    const [oldest] = this.#open;
    if (oldest === undefined || link.heardAt >= oldest) return false;
    const patience = Math.max(0.9 * this.interval, 2 * this.#surroundings.connection.roundTrip);
    return this.#now - oldest >= patience;
  }

  async #beat(link: Link): Promise<void> {
    const sent = momentOf(this.#surroundings.clock);
    this.#open.add(sent.now);
    try {
      await link.check();
    } catch (error) {
      this.#failed(link, translate('renew the session', error));
      return;
    }
    this.#open.delete(sent.now);
    if (!this.isStopped && link === this.#surroundings.connection.link) this.#proved(sent);
  }

  #proved(sent: Moment): void {
    const { lease, connection } = this.#surroundings;
    const before = this.#anchor;
    this.#acknowledged = sent.now;
    // Timers are not exact; a write that followed too soon proves no more than the last one did.
    if (before === connection.asked || sent.now - before.now >= 0.9 * this.interval) {
      this.#proven = before;
      this.#anchor = sent;
    }
    if (!lease.acknowledged(this.#proven)) this.end('a renewal was acknowledged too late');
  }

  /** A lost link is made anew, and the next one asks again. */
  #failed(link: Link, error: LeadershipError): void {
    if (this.isStopped || link !== this.#surroundings.connection.link) return;
    if (isPassing(error)) return;
    this.fail(error);
  }
}
