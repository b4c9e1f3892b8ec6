import type { Subscription } from 'rxjs';
import { leaderRecord, type Contender } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { isPassing } from '../shared/failures.js';
import { after, Backoff } from '../shared/timers.js';
import { decodeValue } from '../shared/value.js';
import type { Feed, FeedListener } from '../shared/view.js';
import type { KeyValue, WatchEvent } from './client.js';
import type { Connection } from './connection.js';
import type { Watches } from './watches.js';
import { isClaim, type ElectionKeys } from './wire.js';

export interface FeedSurroundings {
  readonly connection: Connection;
  readonly watches: Watches;
  /** The longest time for one request. */
  readonly limit: number;
}

/**
 * Tells the queue of one election: read once, then kept by a watch from the next revision on. After
 * a break it is read again, so nothing is missed; only what was in between is.
 */
export function openFeed(
  surroundings: FeedSurroundings,
  election: ElectionKeys,
  listener: FeedListener,
): Feed {
  const feed = new EtcdFeed(surroundings, election, listener);
  feed.begin();
  return feed;
}

class EtcdFeed implements Feed {
  readonly #surroundings: FeedSurroundings;
  readonly #election: ElectionKeys;
  readonly #listener: FeedListener;
  readonly #claims = new Map<string, Contender>();
  readonly #backoff = new Backoff();
  readonly #stopListening: () => void;
  #stopWatch: (() => void) | undefined;
  #retry: Subscription | undefined;
  /** Whether the watch goes on from what was read. */
  #synced = false;
  /** When the last question left that was answered, as long as the watch does not tell better. */
  #proof = -Infinity;
  #over = false;

  constructor(surroundings: FeedSurroundings, election: ElectionKeys, listener: FeedListener) {
    this.#surroundings = surroundings;
    this.#election = election;
    this.#listener = listener;
    this.#stopListening = surroundings.watches.onContact(() => listener.contact());
  }

  begin(): void {
    void this.#read();
  }

  get provedAt(): number {
    return this.#synced
      ? Math.max(this.#proof, this.#surroundings.watches.lastContact)
      : this.#proof;
  }

  stop(): void {
    this.#over = true;
    this.#stopListening();
    this.#stopWatch?.();
    this.#retry?.unsubscribe();
  }

  async #read(): Promise<void> {
    const { connection, limit } = this.#surroundings;
    let sent = connection.scheduler.now();
    try {
      const { header, kvs } = await connection.call('read an election', limit, (c, options) => {
        sent = connection.scheduler.now();
        return c.kv.range(this.#election.range, options);
      });
      if (this.#isOver()) return;
      this.#proof = Math.max(this.#proof, sent);
      this.#claims.clear();
      for (const kv of kvs) this.#put(kv);
      this.#watchFrom(BigInt(header.revision) + 1n);
      this.#show();
    } catch (error) {
      if (this.#isOver()) return;
      const failure = error as LeadershipError;
      if (isPassing(failure)) this.#readAgain();
      else this.#listener.fail(failure);
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
    this.#proof = this.provedAt;
    this.#synced = false;
  }

  #apply(events: readonly WatchEvent[]): void {
    for (const { type, kv } of events) {
      if (type === 'Delete') this.#claims.delete(kv.key.toString());
      else this.#put(kv);
    }
    this.#show();
  }

  #put(kv: KeyValue): void {
    if (!isClaim(this.#election, kv.key)) return;
    const { id, data } = decodeValue(kv.value.toString());
    this.#claims.set(kv.key.toString(), leaderRecord(id, BigInt(kv.create_revision), data));
  }

  #show(): void {
    this.#listener.show([...this.#claims].sort(byRevision).map(([, contender]) => contender));
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
