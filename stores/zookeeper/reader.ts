import type { Subscription } from 'rxjs';
import { requestLimit } from '../shared/session.js';
import { after } from '../shared/timers.js';
import type { Link } from './client-link.js';
import { Connection, type Network } from './connection.js';
import { failures, translate } from './failures.js';

/** A connection that is not used for so long is closed. */
const linger = 1_000;

/**
 * What all followers of a store read with: one connection with a session of its own, which holds no
 * claims, so that they go on when a lease has run out and its session with it.
 */
export class Reader {
  readonly #network: Network;
  readonly #ttl: number;
  readonly #interval: number;
  readonly #users = new Set<() => void>();
  #connection: Connection | undefined;
  #probing: Subscription | undefined;
  #closing: Subscription | undefined;
  #brokenAt: number | undefined;
  #asked: number | undefined;
  #lastContact = -Infinity;
  #closed = false;

  /** Contact is asked for at each `interval`. */
  constructor(network: Network, ttl: number, interval: number) {
    this.#network = network;
    this.#ttl = ttl;
    this.#interval = interval;
  }

  /** When the newest question left that was answered. */
  get lastContact(): number {
    return this.#lastContact;
  }

  /** `contact` is told of each proof of contact. Call the result when it is not needed any more. */
  use(contact: () => void): () => void {
    this.#closing?.unsubscribe();
    this.#users.add(contact);
    return () => {
      this.#users.delete(contact);
      if (this.#users.size > 0 || this.#connection === undefined) return;
      this.#closing = after(this.#network.scheduler, linger, () => {
        if (this.#users.size === 0) void this.#discard();
      });
    };
  }

  call<T>(what: string, send: (link: Link) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(failures.storeClosed());
    this.#connection ??= this.#connect();
    return this.#connection.call(what, requestLimit(this.#ttl), send);
  }

  close(): void {
    this.#closed = true;
    this.#closing?.unsubscribe();
    void this.#discard();
  }

  #connect(): Connection {
    const connection = new Connection(this.#network, this.#ttl);
    this.#brokenAt = this.#now;
    connection.listen({
      linked: () => {
        this.#brokenAt = undefined;
        this.#asked = undefined;
      },
      broken: () => (this.#brokenAt ??= this.#now),
      over: () => {
        if (this.#connection === connection) this.#connection = undefined;
      },
    });
    this.#probeLater();
    return connection;
  }

  get #now(): number {
    return this.#network.scheduler.now();
  }

  #probeLater(): void {
    this.#probing?.unsubscribe();
    this.#probing = after(this.#network.scheduler, this.#interval, () => {
      this.#probe();
      if (this.#connection !== undefined) this.#probeLater();
    });
  }

  /** A silent connection shows nothing, and looks like one on which nothing happens. */
  #probe(): void {
    const connection = this.#connection;
    const link = connection?.link;
    if (connection === undefined) return;
    if (link === undefined) this.#renewIfExpired(connection);
    else if (this.#asked === undefined) void this.#ask(connection, link);
    else if (link.heardAt < this.#asked) {
      const patience = Math.max(0.9 * this.#interval, 2 * connection.roundTrip);
      if (this.#network.clock.now() - this.#asked >= patience)
        connection.give(link, 'the server does not answer any more');
    }
  }

  async #ask(connection: Connection, link: Link): Promise<void> {
    const at = this.#now;
    this.#asked = this.#network.clock.now();
    try {
      await link.exists('/');
    } catch (error) {
      if (connection.link === link) this.#asked = undefined;
      if (translate('ask for contact', error).code !== 'access-denied') return;
    }
    if (connection.link !== link) return;
    this.#asked = undefined;
    this.#lastContact = at;
    for (const contact of [...this.#users]) contact();
  }

  /**
   * The session has run out by now. A server that has lost its data would refuse to take it up for
   * ever, as it is behind what was seen; a new session is answered by whatever is there, and only
   * once the server knows all that had been written before.
   */
  #renewIfExpired(connection: Connection): void {
    if (this.#brokenAt === undefined || this.#now - this.#brokenAt < connection.timeout) return;
    connection.end(failures.sessionLost('the session of the followers has run out'));
    if (this.#users.size > 0) this.#connection = this.#connect();
  }

  async #discard(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#probing?.unsubscribe();
    if (connection === undefined) return;
    const link = connection.link;
    try {
      if (link !== undefined && !this.#closed)
        await connection.call('close', 1_000, (l) => l.closeSession());
    } catch {
      // It runs out by itself, and nothing hangs on it.
    }
    connection.end(failures.storeClosed());
  }
}
