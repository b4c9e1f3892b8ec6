import type { Subscription } from 'rxjs';
import { leaderRecord, type Contender, type KeyState } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import type { KeyValue, WatchEvent } from './client.js';
import type { Connection } from './connection.js';
import { dataLost, isPassing } from './failures.js';
import { after, Backoff } from './timers.js';
import type { Watches } from './watches.js';
import { decodeValue, isClaim, type ElectionKeys } from './wire.js';

export interface ViewSurroundings {
  readonly connection: Connection;
  readonly watches: Watches;
  readonly staleAfter: number;
  /** The longest time for one request. */
  readonly limit: number;
}

export interface Viewer {
  changed(): void;
  failed(error: LeadershipError): void;
}

/**
 * The queue of one election as it is now: read once, then kept by a watch from the next revision
 * on. After a break it is read again, so nothing is missed; only what was in between is.
 */
export class ElectionView {
  readonly #surroundings: ViewSurroundings;
  readonly #election: ElectionKeys;
  readonly #ended: () => void;
  readonly #viewers = new Set<Viewer>();
  readonly #claims = new Map<string, Contender>();
  readonly #backoff = new Backoff();
  readonly #stopListening: () => void;
  #contenders: readonly Contender[] | undefined;
  #stopWatch: (() => void) | undefined;
  #timer: Subscription | undefined;
  #retry: Subscription | undefined;
  /** Whether the watch goes on from what was read. */
  #synced = false;
  /** When the last question left that was answered, as long as the watch does not tell better. */
  #proof: number;
  #stale = false;
  #shown = 0n;
  #over = false;

  constructor(surroundings: ViewSurroundings, election: ElectionKeys, ended: () => void) {
    this.#surroundings = surroundings;
    this.#election = election;
    this.#ended = ended;
    this.#proof = this.#now; // nothing is known yet: that may last as long as an old value would
    this.#stopListening = surroundings.watches.onContact(() => {
      if (this.#stale) this.#judge();
    });
    this.#judge();
    void this.#read();
  }

  /** `undefined`: nothing is known yet. */
  get keyState(): KeyState | undefined {
    const [leader] = this.#contenders ?? [];
    if (this.#contenders === undefined && !this.#stale) return undefined;
    return { leader, stale: this.#stale };
  }

  /** In the order of the queue; the same array as long as nothing has changed. */
  get contenders(): readonly Contender[] | undefined {
    return this.#contenders;
  }

  /** Call the result to remove it. The last one to go ends the view. */
  add(viewer: Viewer): () => void {
    this.#viewers.add(viewer);
    return () => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.#end();
    };
  }

  fail(error: LeadershipError): void {
    this.#end();
    for (const viewer of [...this.#viewers]) viewer.failed(error);
  }

  get #now(): number {
    return this.#surroundings.connection.scheduler.now();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening();
    this.#stopWatch?.();
    this.#timer?.unsubscribe();
    this.#retry?.unsubscribe();
    this.#ended();
  }

  async #read(): Promise<void> {
    const { connection, limit } = this.#surroundings;
    let sent = this.#now;
    try {
      const { header, kvs } = await connection.call('read an election', limit, (c, options) => {
        sent = this.#now;
        return c.kv.range(this.#election.range, options);
      });
      if (this.#isOver()) return;
      this.#proof = Math.max(this.#proof, sent);
      this.#claims.clear();
      for (const kv of kvs) this.#put(kv);
      this.#watchFrom(BigInt(header.revision) + 1n);
      this.#changed();
      this.#judge();
    } catch (error) {
      if (this.#isOver()) return;
      const failure = error as LeadershipError;
      if (isPassing(failure)) this.#readAgain();
      else this.fail(failure);
    }
  }

  #watchFrom(from: bigint): void {
    this.#stopWatch = this.#surroundings.watches.watch(
      { ...this.#election.range, from },
      {
        live: () => {
          this.#synced = true;
          this.#backoff.reset();
        },
        events: (events) => this.#apply(events),
        broken: () => {
          this.#lostTouch();
          this.#readAgain();
        },
      },
    );
  }

  #readAgain(): void {
    const { scheduler } = this.#surroundings.connection;
    this.#retry = after(scheduler, this.#backoff.next(), () => void this.#read());
  }

  #lostTouch(): void {
    this.#stopWatch = undefined;
    this.#proof = this.#provedAt();
    this.#synced = false;
    this.#judge();
  }

  #apply(events: readonly WatchEvent[]): void {
    for (const { type, kv } of events) {
      if (type === 'Delete') this.#claims.delete(kv.key.toString());
      else this.#put(kv);
    }
    this.#changed();
  }

  #put(kv: KeyValue): void {
    if (!isClaim(this.#election, kv.key)) return;
    const { id, data } = decodeValue(kv.value);
    this.#claims.set(kv.key.toString(), leaderRecord(id, BigInt(kv.create_revision), data));
  }

  /** Shows the queue, unless its head is older than what was shown: that must not happen. */
  #changed(): void {
    const queue = [...this.#claims].sort(byRevision).map(([, contender]) => contender);
    const token = queue[0]?.token ?? this.#shown;
    if (token < this.#shown) {
      this.fail(dataLost(token, this.#shown));
      return;
    }
    this.#shown = token;
    this.#contenders = queue;
    this.#tell();
  }

  #provedAt(): number {
    return this.#synced
      ? Math.max(this.#proof, this.#surroundings.watches.lastContact)
      : this.#proof;
  }

  /** Is what is shown still fresh? Looks again when that may have changed. */
  #judge(): void {
    if (this.#over) return;
    const left = this.#provedAt() + this.#surroundings.staleAfter - this.#now;
    if (left > 0 && this.#timer === undefined) {
      const { scheduler } = this.#surroundings.connection;
      this.#timer = after(scheduler, left, () => {
        this.#timer = undefined;
        this.#judge();
      });
    }
    const stale = left <= 0;
    if (stale === this.#stale) return;
    this.#stale = stale;
    this.#tell();
  }

  #tell(): void {
    for (const viewer of [...this.#viewers]) viewer.changed();
  }

  #isOver(): boolean {
    return this.#over;
  }
}

function byRevision(
  [a, { token: x }]: [string, Contender],
  [b, { token: y }]: [string, Contender],
) {
  if (x !== y) return x < y ? -1 : 1;
  return a < b ? -1 : 1;
}
