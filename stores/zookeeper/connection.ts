import type { SchedulerLike, Subscription } from 'rxjs';
import { momentOf, type Clock, type Moment } from '../../lib/clock.js';
import type { LeadershipError } from '../../lib/errors.js';
import { after, Backoff, within } from '../shared/timers.js';
import { loadClient, type Library } from './client.js';
import { Link, type LinkOptions, type Ticket } from './client-link.js';
import { failures, translate } from './failures.js';

/** What all connections of a store have in common. */
export interface Network {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly auth: LinkOptions['auth'];
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
  /** Those that are not over: for the end of the store. */
  readonly connections: Set<Connection>;
}

export interface ConnectionListener {
  /** Connected, for the first time or again. */
  linked(link: Link): void;
  /** For now: it connects again. */
  broken(): void;
  /** For good. */
  over(error: LeadershipError): void;
}

/** A connection that lasted so long was none of a server that throws everybody out. */
const settledAfter = 1_000;

/**
 * One session of ZooKeeper, over as many links as it takes: when one ends, or is given up because
 * it is silent, the next server is asked to take the session up.
 */
export class Connection {
  /** When the question left that the present link began with. */
  asked: Moment;
  /** How long the present link took to be answered at first. */
  roundTrip = 0;
  readonly #network: Network;
  readonly #asked: number;
  readonly #backoff = new Backoff();
  readonly #listeners = new Set<ConnectionListener>();
  readonly #waiting = new Set<(link: Link | undefined) => void>();
  #library: Library | undefined;
  #link: Link | undefined;
  #trying: Link | undefined;
  #timer: Subscription | undefined;
  #next: number;
  #attempts = 0;
  #linkedAt = -Infinity;
  #ticket: Ticket | undefined;
  #timeout: number;
  #zxid: Buffer | undefined;
  #trouble = 'no server was reached';
  #error: LeadershipError | undefined;

  /** Connects at once. `timeout`: what is asked for. */
  constructor(network: Network, timeout: number) {
    this.#network = network;
    this.#asked = timeout;
    this.#timeout = timeout;
    this.asked = momentOf(network.clock);
    this.#next = Math.floor(Math.random() * network.servers.length);
    network.connections.add(this);
    void this.#begin();
  }

  /** `undefined`: not connected now. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** Milliseconds: what was granted. */
  get timeout(): number {
    return this.#timeout;
  }

  get isOver(): boolean {
    return this.#error !== undefined;
  }

  /** Call the result to stop. */
  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Asks on the present link, or on the next one: nothing is left with the npm client to be sent
   * when it is connected again. The npm client has no limits in time.
   */
  async call<T>(what: string, limit: number, send: (link: Link) => Promise<T>): Promise<T> {
    const { scheduler } = this.#network;
    const until = scheduler.now() + limit;
    const link = this.#link ?? (await this.#linked(what, limit));
    const late = () => failures.unreachable(`${what}: no answer within ${limit} ms`);
    try {
      return await within(scheduler, until - scheduler.now(), send(link), late);
    } catch (error) {
      throw translate(what, error);
    }
  }

  /** `link` is of no use: the next server is tried. */
  give(link: Link, why: string): void {
    if (link !== this.#link) return;
    link.destroy();
    this.#lose(link, why);
  }

  /** Ends it at once, without a word to the server. */
  end(error: LeadershipError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#timer?.unsubscribe();
    this.#network.connections.delete(this);
    this.#trying?.destroy();
    this.#link?.destroy();
    this.#trying = undefined;
    this.#link = undefined;
    for (const tell of [...this.#waiting]) tell(undefined);
    for (const listener of [...this.#listeners]) listener.over(error);
  }

  async #linked(what: string, limit: number): Promise<Link> {
    if (this.#error !== undefined) throw this.#error;
    const link = await new Promise<Link | undefined>((resolve) => {
      const tell = (found: Link | undefined) => {
        this.#waiting.delete(tell);
        timer.unsubscribe();
        resolve(found);
      };
      const timer = after(this.#network.scheduler, limit, () => tell(undefined));
      this.#waiting.add(tell);
    });
    if (link !== undefined) return link;
    throw this.#failure() ?? failures.unreachable(`${what}: not connected: ${this.#trouble}`);
  }

  #failure(): LeadershipError | undefined {
    return this.#error;
  }

  async #begin(): Promise<void> {
    try {
      this.#library = await loadClient();
      this.#connect();
    } catch (error) {
      this.end(translate('load the npm client', error));
    }
  }

  #connect(): void {
    const { servers, auth, clock } = this.#network;
    const server = servers[this.#next % servers.length];
    if (this.#error !== undefined || this.#library === undefined || server === undefined) return;
    this.#next += 1;
    let asked = momentOf(clock);
    const options = { server, timeout: this.#asked, ticket: this.#ticket, zxid: this.#zxid, auth };
    const link: Link = new Link(this.#library, options, () => clock.now(), {
      asked: () => (asked = momentOf(clock)),
      connected: () => this.#take(link, asked),
      expired: () => this.end(failures.sessionLost('the session is gone: the server says so')),
      refused: () => this.end(translate('log in', new Error('the server refuses the user'))),
      ended: (why) => this.#lose(link, why),
    });
    this.#trying = link;
    this.#timer = after(this.#network.scheduler, this.#patience(), () => {
      link.destroy();
      this.#lose(link, 'no answer to the question for a session');
    });
  }

  /** A server that accepts and never answers would hold the npm client for ever. */
  #patience(): number {
    const most = Math.min(5_000, Math.max(1_000, this.#timeout));
    return Math.min(most, Math.max(250, this.#timeout / 4) * 2 ** Math.min(this.#attempts, 3));
  }

  #take(link: Link, asked: Moment): void {
    const { clock, scheduler } = this.#network;
    this.#timer?.unsubscribe();
    this.#trying = undefined;
    this.#attempts = 0;
    this.#link = link;
    this.#linkedAt = scheduler.now();
    this.#ticket = link.ticket;
    this.#timeout = link.timeout;
    this.asked = asked;
    this.roundTrip = clock.now() - asked.now;
    for (const listener of [...this.#listeners]) listener.linked(link);
    for (const tell of [...this.#waiting]) tell(link);
  }

  #lose(link: Link, why: string): void {
    if (this.#error !== undefined) return;
    this.#trouble = why;
    this.#timer?.unsubscribe();
    this.#trying = undefined;
    this.#attempts += 1;
    const { scheduler } = this.#network;
    let delay = 0;
    if (link === this.#link) {
      this.#link = undefined;
      this.#zxid = link.zxid;
      if (scheduler.now() - this.#linkedAt >= settledAfter) this.#backoff.reset();
      else delay = this.#backoff.next();
    } else delay = this.#backoff.next();
    this.#timer = after(scheduler, delay, () => this.#connect());
    for (const listener of [...this.#listeners]) listener.broken();
  }
}
