import type { Subscription } from 'rxjs';
import type { LeadershipError } from '../../lib/errors.js';
import { after } from '../shared/timers.js';
import type { WatchEvent, WatchResponse, WatchStream } from './client.js';
import type { Connection, Link } from './connection.js';
import { isTokenRefused, translate } from './failures.js';

export interface WatchTarget {
  readonly key: Buffer;
  /** Where given: all keys from `key` to here. */
  readonly range_end?: Buffer;
  /** The first revision that is of interest. */
  readonly from: bigint;
}

export interface WatchListener {
  /** The server has taken the watch on. */
  live?(): void;
  events(events: readonly WatchEvent[]): void;
  /**
   * The watch is over: whoever still wants to know reads again and opens another one. `refused`:
   * the server did not want this one; whether it may be read at all, the reading tells.
   */
  broken(refused: LeadershipError | undefined): void;
}

interface Watch {
  readonly id: number;
  readonly target: WatchTarget;
  readonly listener: WatchListener;
  /** The name that the server has given it on the present stream: ours, unless a proxy is between. */
  serverId: string;
}

interface Open {
  readonly stream: WatchStream;
  readonly link: Link;
  /** Asked for, in this order; the server answers in the same. */
  readonly asked: Question[];
  readonly live: Map<string, Watch>;
  /** When anything came. */
  heardAt: number;
}

interface Question {
  /** `undefined`: only to hear whether somebody is there. */
  readonly watch: Watch | undefined;
  /** When it left. */
  readonly at: number;
}

/** How long the stream stays open without any watch. */
const linger = 1_000;

/**
 * All watches of a store on one stream of our own. The library's manager loses events when its
 * stream breaks at a bad moment, twice over, and hangs for ever behind a watch that was refused.
 * Here a watch simply ends with its stream, and whoever wants to know reads again.
 */
export class Watches {
  readonly #connection: Connection;
  readonly #heartbeat: number;
  readonly #wanted = new Map<number, Watch>();
  readonly #contact = new Set<() => void>();
  readonly #stopMoving: () => void;
  #open: Open | undefined;
  #opening = false;
  #beat: Subscription | undefined;
  #closing: Subscription | undefined;
  #lastId = 0;
  #lastContact = -Infinity;
  #closed = false;

  /** `heartbeat`: how often the server is asked whether it is there; and how long it may take. */
  constructor(connection: Connection, heartbeat: number) {
    this.#connection = connection;
    this.#heartbeat = heartbeat;
    this.#stopMoving = connection.onMove(() => this.#lose());
  }

  /** When the newest question left that the server has answered. */
  get lastContact(): number {
    return this.#lastContact;
  }

  /** Calls `contact` with each proof that the stream is alive. */
  onContact(contact: () => void): () => void {
    this.#contact.add(contact);
    return () => this.#contact.delete(contact);
  }

  /** Call the result to end the watch; `broken` is not called then. */
  watch(target: WatchTarget, listener: WatchListener): () => void {
    const id = (this.#lastId += 1);
    const watch = { id, target, listener, serverId: '' };
    this.#wanted.set(watch.id, watch);
    if (this.#open === undefined) void this.#openStream();
    else this.#ask(this.#open, watch);
    return () => this.#unwatch(watch);
  }

  close(): void {
    this.#closed = true;
    this.#stopMoving();
    this.#wanted.clear();
    this.#contact.clear();
    this.#closing?.unsubscribe();
    this.#discard();
  }

  async #openStream(): Promise<void> {
    if (this.#opening || this.#closed) return;
    this.#opening = true;
    try {
      while (this.#open === undefined && this.#wanted.size > 0 && !this.#isClosed()) {
        await this.#tryToOpen();
      }
    } finally {
      this.#opening = false;
    }
  }

  async #tryToOpen(): Promise<void> {
    try {
      const { stream, link } = await this.#connection.stream(5_000, (c) => c.watchClient.watch());
      const heardAt = this.#connection.scheduler.now();
      const open: Open = { stream, link, asked: [], live: new Map(), heardAt };
      stream.on('error', (error) => this.#broke(open, error));
      stream.on('end', () => this.#broke(open, undefined));
      stream.on('data', (response) => this.#heard(open, response));
      if (this.#closed) {
        stream.cancel();
        return;
      }
      this.#open = open;
      for (const watch of this.#wanted.values()) this.#ask(open, watch);
      this.#nextBeat(open);
    } catch (error) {
      const failure = translate('watch', error, this.#connection.secrets);
      if (failure.code !== 'store-unreachable') this.#loseAll(failure);
    }
  }

  #ask(open: Open, watch: Watch): void {
    const { key, range_end, from } = watch.target;
    open.asked.push({ watch, at: this.#now });
    open.stream.write({
      create_request: {
        key,
        ...(range_end === undefined ? {} : { range_end }),
        start_revision: String(from),
        watch_id: String(watch.id),
      },
    });
  }

  /**
   * Asks for a watch that nobody wants. A question for progress would do, but is not answered while
   * any watch of the stream catches up, and where watches come and go one always does.
   */
  #askWhetherThere(open: Open): void {
    const [wanted] = this.#wanted.values();
    if (wanted === undefined) return;
    open.asked.push({ watch: undefined, at: this.#now });
    const watch_id = String((this.#lastId += 1));
    open.stream.write({ create_request: { key: wanted.target.key, watch_id } });
  }

  get #now(): number {
    return this.#connection.scheduler.now();
  }

  #unwatch(watch: Watch): void {
    if (!this.#wanted.delete(watch.id)) return;
    if (this.#open?.live.delete(watch.serverId)) this.#cancel(this.#open, watch.serverId);
    if (this.#wanted.size > 0) return;
    this.#closing?.unsubscribe();
    this.#closing = after(this.#connection.scheduler, linger, () => {
      if (this.#wanted.size === 0) this.#discard();
    });
  }

  #cancel(open: Open, watchId: string): void {
    open.stream.write({ cancel_request: { watch_id: watchId } });
  }

  #heard(open: Open, response: WatchResponse): void {
    if (open !== this.#open) return;
    open.heardAt = this.#now;
    this.#connection.proved(open.link);
    this.#connection.world.heard(response.header);
    if (open !== this.#open) return; // the world was lost, and the stream with it
    if (response.created) this.#answered(open, response);
    else this.#happened(open, response);
  }

  #happened(open: Open, response: WatchResponse): void {
    const watch = open.live.get(response.watch_id);
    if (watch === undefined) return;
    if (response.events.length > 0) watch.listener.events(response.events);
    if (response.canceled) this.#canceled(open, watch, response);
  }

  /** A refused watch has the id -1, so only the order tells which one is meant. */
  #answered(open: Open, response: WatchResponse): void {
    const question = open.asked.shift();
    if (question === undefined) return;
    const { watch, at } = question;
    this.#lastContact = Math.max(this.#lastContact, at);
    if (watch === undefined) for (const contact of [...this.#contact]) contact();
    if (response.canceled) {
      if (watch !== undefined) this.#canceled(open, watch, response);
    } else if (watch !== undefined && this.#wanted.has(watch.id)) {
      watch.serverId = response.watch_id;
      open.live.set(watch.serverId, watch);
      watch.listener.live?.();
    } else {
      this.#cancel(open, response.watch_id);
    }
  }

  #canceled(open: Open, watch: Watch, response: WatchResponse): void {
    open.live.delete(watch.serverId);
    if (!this.#wanted.delete(watch.id)) return;
    const compacted = BigInt(response.compact_revision) > 0n || response.cancel_reason === '';
    const failure = translate('watch', new Error(response.cancel_reason), this.#connection.secrets);
    // A stream keeps the token that it was opened with, and is refused once that has expired, with
    // one word or another. Whoever watches has just read the same keys: that is the likely reason.
    const denied = failure.code === 'access-denied';
    if (denied) this.#connection.login.forget();
    watch.listener.broken(compacted ? undefined : failure);
    if (denied) this.#lose();
  }

  /** One question for all watches: a frozen connection says nothing by itself. */
  #nextBeat(open: Open): void {
    this.#beat?.unsubscribe();
    this.#beat = after(this.#connection.scheduler, this.#heartbeat, () => {
      const [oldest] = open.asked;
      // Many questions take long to answer: that is no silence.
      const silentSince = Math.max(oldest?.at ?? Infinity, open.heardAt);
      if (this.#now - silentSince >= this.#heartbeat) {
        this.#connection.fail(open.link);
        this.#lose();
        return;
      }
      this.#askWhetherThere(open);
      this.#nextBeat(open);
    });
  }

  #broke(open: Open, error: Error | undefined): void {
    if (open !== this.#open) return;
    const failure = translate('watch', error ?? 'the stream ended', this.#connection.secrets);
    if (isTokenRefused(failure.message)) this.#connection.login.forget();
    else if (failure.code === 'store-unreachable') this.#connection.fail(open.link);
    this.#lose();
  }

  /** The stream is of no use any more: every watch is over. */
  #lose(): void {
    if (this.#open === undefined) return;
    this.#discard();
    this.#loseAll(undefined);
  }

  #loseAll(refused: LeadershipError | undefined): void {
    const lost = [...this.#wanted.values()];
    this.#wanted.clear();
    for (const { listener } of lost) listener.broken(refused);
  }

  #discard(): void {
    const open = this.#open;
    this.#open = undefined;
    this.#beat?.unsubscribe();
    open?.stream.cancel();
  }

  #isClosed(): boolean {
    return this.#closed;
  }
}
