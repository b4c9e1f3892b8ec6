import type { SchedulerLike, Subscription } from 'rxjs';
import { leaderRecord, type Contender } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { isPassing } from '../shared/failures.js';
import { after, Backoff } from '../shared/timers.js';
import { decodeValue } from '../shared/value.js';
import type { Feed, FeedListener } from '../shared/view.js';
import type { Link } from './client-link.js';
import { codes, isFailure } from './codes.js';
import { queueOf, type ElectionNode } from './nodes.js';
import type { Reader } from './reader.js';
import { Watch } from './watch.js';

export interface FeedSurroundings {
  readonly reader: Reader;
  readonly scheduler: SchedulerLike;
}

/** Begins to tell what the queue of an election looks like. */
export function openFeed(
  surroundings: FeedSurroundings,
  election: ElectionNode,
  listener: FeedListener,
): Feed {
  return new ElectionFeed(surroundings, election, listener);
}

/**
 * The queue of one election: read with watches on what was read, and read again when one of them
 * tells. What happens between two reads is seen by the second, so nothing is missed.
 */
class ElectionFeed implements Feed {
  readonly #reader: Reader;
  readonly #scheduler: SchedulerLike;
  readonly #election: ElectionNode;
  readonly #listener: FeedListener;
  readonly #backoff = new Backoff();
  readonly #stopUsing: () => void;
  /** What was read of claims that are still there: they are written once. */
  #known = new Map<string, Contender>();
  #shown: readonly Contender[] | undefined;
  #watches: Watch[] = [];
  #retry: Subscription | undefined;
  #proof = -Infinity;
  #reading = false;
  #again = false;
  #stopped = false;

  constructor(
    { reader, scheduler }: FeedSurroundings,
    election: ElectionNode,
    listener: FeedListener,
  ) {
    this.#reader = reader;
    this.#scheduler = scheduler;
    this.#election = election;
    this.#listener = listener;
    this.#stopUsing = reader.use(() => listener.contact());
    queueMicrotask(() => void this.#read());
  }

  get provedAt(): number {
    const isSynced = this.#watches.length > 0 && this.#watches.every(({ lives }) => lives);
    return isSynced ? Math.max(this.#proof, this.#reader.lastContact) : this.#proof;
  }

  stop(): void {
    this.#stopped = true;
    this.#stopWatching();
    this.#retry?.unsubscribe();
    this.#stopUsing();
  }

  async #read(): Promise<void> {
    this.#again = this.#reading;
    if (this.#reading || this.#stopped) return;
    this.#reading = true;
    this.#stopWatching();
    const sent = this.#scheduler.now();
    try {
      const seen = await this.#reader.call('read an election', (link) => this.#look(link));
      this.#reading = false;
      if (!this.#isStopped()) this.#show(seen, sent);
    } catch (error) {
      this.#reading = false;
      if (!this.#isStopped()) this.#failed(error as LeadershipError);
    }
  }

  #show({ queue, watches }: Seen, sent: number): void {
    this.#proof = Math.max(this.#proof, sent);
    this.#backoff.reset();
    this.#watches = watches;
    const isNew =
      this.#shown?.length !== queue.length || queue.some((each, n) => each !== this.#shown?.[n]);
    this.#shown = queue;
    if (isNew) this.#listener.show(queue);
    else this.#listener.contact();
    const look = () => void this.#read();
    for (const watch of watches) watch.listen({ fired: look, broken: look });
    if (this.#again) look();
  }

  #failed(error: LeadershipError): void {
    if (isPassing(error) || error.code === 'session-lost')
      this.#retry = after(this.#scheduler, this.#backoff.next(), () => void this.#read());
    else this.#listener.fail(error);
  }

  async #look(link: Link): Promise<Seen> {
    const { path } = this.#election;
    const below = new Watch(link, path);
    const names = queueOf(await this.#children(link, path, below));
    const [first] = names;
    if (first === undefined) return { queue: [], watches: [below] };
    const leading = new Watch(link, `${path}/${first}`);
    const queue = await Promise.all(
      names.map((name) => this.#contender(link, name, name === first ? leading : undefined)),
    );
    this.#known = new Map(queue.filter((each) => each !== undefined));
    return { queue: [...this.#known.values()], watches: [below, leading] };
  }

  /** Also of an election that nobody ran in: then the watch tells when its node is made. */
  async #children(link: Link, path: string, watch: Watch): Promise<string[]> {
    for (;;) {
      try {
        return await link.children(path, watch);
      } catch (error) {
        if (!isFailure(error, codes.noNode)) throw error;
      }
      if ((await link.exists(path, watch)) === null) return [];
    }
  }

  /** `undefined`: it has gone since; the watch above tells. The leader is read anew, and watched. */
  async #contender(
    link: Link,
    name: string,
    watch: Watch | undefined,
  ): Promise<readonly [string, Contender] | undefined> {
    const known = this.#known.get(name);
    if (known !== undefined && watch === undefined) return [name, known];
    try {
      const [value, stat] = await link.data(`${this.#election.path}/${name}`, watch);
      const { id, data } = decodeValue(value.toString());
      const token = stat.czxid.readBigInt64BE(0);
      const isSame = known?.token === token && known.id === id && known.data === data;
      return [name, isSame ? known : leaderRecord(id, token, data)];
    } catch (error) {
      if (isFailure(error, codes.noNode)) return undefined;
      throw error;
    }
  }

  #stopWatching(): void {
    for (const watch of this.#watches) watch.stop();
    this.#watches = [];
  }

  #isStopped(): boolean {
    return this.#stopped;
  }
}

interface Seen {
  readonly queue: readonly Contender[];
  readonly watches: Watch[];
}
