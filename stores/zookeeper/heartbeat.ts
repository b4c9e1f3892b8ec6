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
import { Proof } from './proof.js';

export interface HeartbeatSurroundings {
  readonly connection: Pick<
    Connection,
    'asked' | 'give' | 'link' | 'listen' | 'roundTrip' | 'timeout'
  >;
  readonly lease: SessionLease;
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
  readonly gone: (error: LeadershipError) => void;
}

/**
 * Keeps one session alive, and proves that it is: by writes that change nothing, of which it needs
 * the same number however many claims there are. {@link Proof} says when, and what they prove.
 */
export class Heartbeat extends Renewing {
  readonly #surroundings: HeartbeatSurroundings;
  readonly #stopListening: () => void;
  #proof: Proof;
  /** When the newest acknowledged write left. */
  #acknowledged: number;
  /** When those left that are not answered yet. */
  readonly #open = new Set<number>();
  #ticking: Subscription | undefined;
  readonly #doubting = new Set<Subscription>();

  constructor(surroundings: HeartbeatSurroundings) {
    super({ failures, ...surroundings });
    this.#surroundings = surroundings;
    const { connection, lease } = surroundings;
    this.#proof = new Proof(lease.ttl, connection.asked);
    this.#acknowledged = connection.asked.now;
    this.#stopListening = connection.listen({
      linked: () => this.#restart(),
      broken: () => this.#open.clear(),
      over: (error) => this.fail(error),
    });
    this.#tickInTime();
  }

  protected giveBack(): void {
    this.#stopListening();
    this.#ticking?.unsubscribe();
    for (const timer of this.#doubting) timer.unsubscribe();
  }

  get #now(): number {
    return this.#surroundings.clock.now();
  }

  #restart(): void {
    const { connection, lease } = this.#surroundings;
    // The leader counts with what the newest server grants, and each may have limits of its own.
    if (connection.timeout < lease.ttl) {
      this.end(`a server grants it only ${connection.timeout} ms`);
      return;
    }
    this.#proof = new Proof(lease.ttl, connection.asked);
    this.#open.clear();
    this.#tick();
  }

  #tickInTime(): void {
    this.#ticking?.unsubscribe();
    const delay = this.#proof.nextDue - this.#now;
    this.#ticking = after(this.#surroundings.scheduler, delay, () => this.#tick());
  }

  #tick(): void {
    if (this.endIfOver()) return;
    const { connection, clock } = this.#surroundings;
    const { link } = connection;
    const trouble = link && this.#troubleWith(link);
    const sent = momentOf(clock);
    this.#proof.leaves(sent);
    this.#tickInTime();
    this.#doubtUnlessAnswered(sent.now);
    if (link === undefined) return;
    if (trouble === undefined) void this.#beat(link, sent);
    else connection.give(link, trouble);
  }

  #doubtUnlessAnswered(asked: number): void {
    const { lease, scheduler } = this.#surroundings;
    const timer = after(scheduler, lease.ttl / 8, () => {
      this.#doubting.delete(timer);
      if (!this.endIfOver() && this.#acknowledged < asked) lease.doubt();
    });
    this.#doubting.add(timer);
  }

  /**
   * Another server may answer where this one is frozen, and pass writes on where this one is cut off
   * from the majority. Not when the network is merely slow.
   */
  #troubleWith(link: Link): string | undefined {
    const [oldest] = this.#open;
    if (oldest === undefined) return undefined;
    const { ttl } = this.lease;
    const slow = 2 * this.#surroundings.connection.roundTrip;
    const since = this.#now - oldest;
    if (link.heardAt < oldest && since >= Math.max(0.2 * ttl, slow))
      return 'the server does not answer any more';
    return since >= Math.max(ttl / 3, slow) ? 'the server passes no writes on' : undefined;
  }

  async #beat(link: Link, sent: Moment): Promise<void> {
    this.#open.add(sent.now);
    try {
      await link.check();
    } catch (error) {
      this.#failed(link, translate('renew the session', error));
      return;
    }
    this.#open.delete(sent.now);
    if (!this.isStopped && link === this.#surroundings.connection.link) this.#answered(sent);
  }

  #answered(sent: Moment): void {
    this.#acknowledged = sent.now;
    const proven = this.#proof.acknowledged(sent, this.#now);
    if (this.lease.acknowledged(proven)) this.#tickInTime();
    else this.end('a renewal was acknowledged too late');
  }

  /** A lost link is made anew, and the next one asks again. */
  #failed(link: Link, error: LeadershipError): void {
    if (this.isStopped || link !== this.#surroundings.connection.link) return;
    if (isPassing(error)) return;
    this.fail(error);
  }
}
