import type { Subscription } from 'rxjs';
import type { LeadershipError } from '../../lib/errors.js';
import { isPassing } from '../shared/failures.js';
import { after, Backoff } from '../shared/timers.js';
import type { Entry } from './client.js';
import type { Connection } from './connection.js';

/** What is told of a key, again and again. */
export interface Glance {
  readonly entry: Entry | undefined;
  /** The key is as in the store at this index, or later. */
  readonly index: bigint;
}

export interface Onlooker {
  /** With each answer, also when nothing has changed. */
  seen(glance: Glance): void;
  /** It may not be read. */
  refused(error: LeadershipError): void;
}

/** So many blocking queries for one folder each: each is a connection, and an agent allows 200. */
const mostFolders = 50;
/** So many in all, and one for everything else. */
const mostQueries = 60;

/**
 * Keeps keys in sight with few blocking queries: one for all keys that lie beside each other,
 * however many elections, and for nothing else as long as there is a single one. Where keys lie in too many folders, one for a whole branch of the tree.
 */
export class Sight {
  readonly #connection: Connection;
  readonly #wait: number;
  readonly #queries = new Map<string, Query>();
  #closed = false;

  /** `wait`: for so many milliseconds a query waits for a change, then it is asked anew. */
  constructor(connection: Connection, wait: number) {
    this.#connection = connection;
    this.#wait = Math.ceil(wait);
  }

  watch(key: string, onlooker: Onlooker): Watching {
    return this.#queryFor(key).add(key, onlooker);
  }

  close(): void {
    this.#closed = true;
    for (const query of this.#queries.values()) query.stop();
    this.#queries.clear();
  }

  #queryFor(key: string): Query {
    const prefix = this.#prefixFor(folderOf(key));
    const known = this.#queries.get(prefix);
    if (known !== undefined) return known;
    const query = new Query(this.#connection, prefix, this.#wait, () => {
      this.#queries.delete(prefix);
    });
    if (this.#closed) query.stop();
    else this.#queries.set(prefix, query);
    return query;
  }

  /** The folder; where there are too many, the branch that it is on; and if those are too many, all. */
  #prefixFor(folder: string): string {
    const covering = [...branches(folder)].find((prefix) => this.#queries.has(prefix));
    if (covering !== undefined) return covering;
    if (this.#queries.size < mostFolders) return folder;
    if (this.#queries.size < mostQueries && !this.#queries.has('')) return branchOf(folder);
    return '';
  }
}

/** A key that is kept in sight. */
export interface Watching {
  /** When the newest query left that has been answered. */
  readonly provedAt: number;
  stop(): void;
}

function folderOf(key: string): string {
  const slash = key.lastIndexOf('/');
  return slash < 0 ? key : key.slice(0, slash + 1);
}

/** The folder, and those that it lies in, the nearest first. */
function* branches(folder: string): Generator<string> {
  yield folder;
  let at = folder.length - 1;
  while ((at = folder.lastIndexOf('/', at - 1)) >= 0) yield folder.slice(0, at + 1);
}

/** The outermost of them. */
function branchOf(folder: string): string {
  return folder.slice(0, folder.indexOf('/') + 1) || folder;
}

/** What one blocking query asks for: a key alone, or all that begin with a prefix. */
interface Scope {
  readonly key: string;
  readonly recurse: boolean;
}

/**
 * One blocking query that is repeated for as long as somebody wants it. While a single key is
 * watched, it asks for that alone: who knows what else lies in the folder.
 */
class Query {
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #wait: number;
  readonly #ended: () => void;
  readonly #onlookers = new Map<string, Set<Onlooker>>();
  readonly #backoff = new Backoff();
  #over = false;
  /** Of the request that is under way, or was the last. */
  #scope: Scope | undefined;
  #request = new AbortController();
  /** With which to ask next in this scope; 0: without waiting. */
  #index = 0n;
  #shown: { readonly scope: Scope; readonly index: bigint } | undefined;
  #entries = new Map<string, Entry>();
  #provedAt = -Infinity;
  #pause: Subscription | undefined;

  constructor(connection: Connection, prefix: string, wait: number, ended: () => void) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#wait = wait;
    this.#ended = ended;
  }

  add(key: string, onlooker: Onlooker): Watching {
    const beside = this.#onlookers.get(key) ?? new Set();
    this.#onlookers.set(key, beside.add(onlooker));
    let over = false;
    const shown = this.#shown;
    if (shown !== undefined && covers(shown.scope, key))
      queueMicrotask(() => {
        if (!over) onlooker.seen({ entry: this.#entries.get(key), index: shown.index });
      });
    if (this.#scope === undefined || !covers(this.#scope, key)) this.#askAnew();
    const provedAt = () => this.#provedAt;
    return {
      get provedAt() {
        return provedAt();
      },
      stop: () => {
        if (over) return;
        over = true;
        beside.delete(onlooker);
        if (beside.size === 0) this.#onlookers.delete(key);
        if (this.#onlookers.size === 0) this.stop();
      },
    };
  }

  stop(): void {
    this.#over = true;
    this.#request.abort();
    this.#pause?.unsubscribe();
    this.#ended();
  }

  /** At once, for what is to be asked for now. */
  #askAnew(): void {
    this.#request.abort();
    this.#pause?.unsubscribe();
    void this.#run();
  }

  #nextScope(): Scope {
    const [key] = this.#onlookers.keys();
    const isAlone = this.#onlookers.size === 1 && key !== undefined;
    return isAlone ? { key, recurse: false } : { key: this.#prefix, recurse: true };
  }

  async #run(): Promise<void> {
    if (this.#over) return;
    const { scheduler } = this.#connection;
    const scope = this.#nextScope();
    if (scope.key !== this.#scope?.key || scope.recurse !== this.#scope.recurse) this.#index = 0n;
    this.#scope = scope;
    const { signal } = (this.#request = new AbortController());
    const isOver = () => signal.aborted; // somebody came for another key, or everybody left
    const wait = this.#index === 0n ? 0 : this.#wait;
    // An agent adds up to a sixteenth, so that not everybody comes back at once.
    const limit = Math.ceil(wait * 1.1) + Math.max(1_000, this.#wait);
    // What may contradict what was shown must come from no server that is behind.
    const how = wait === 0 ? { consistent: true } : { after: { index: this.#index, wait } };
    const sent = scheduler.now();
    try {
      const { index, entries } = await this.#connection.wait('watch', limit, (client, timeout) =>
        client.read({ ...scope, ...how }, timeout, signal),
      );
      if (isOver()) return;
      this.#backoff.reset();
      this.#provedAt = sent;
      // It may go backwards: at a server that is behind, after a restore, or when traces of deleted
      // keys are removed.
      const isBehind = index < this.#index;
      this.#index = isBehind ? 0n : index > 0n ? index : 1n;
      if (!isBehind) this.#show(scope, index, entries);
      if (isOver()) return;
      // A moment of rest: where much is changed beside the keys, this must not be a busy loop.
      this.#again(wait > 0 && scheduler.now() - sent < 2 ? 2 : 0);
    } catch (error) {
      if (isOver()) return;
      const failure = error as LeadershipError;
      this.#index = 0n;
      if (!isPassing(failure)) this.#refuse(failure);
      if (isOver()) return;
      this.#again(this.#backoff.next());
    }
  }

  #again(delay: number): void {
    if (delay === 0) void this.#run();
    else this.#pause = after(this.#connection.scheduler, delay, () => void this.#run());
  }

  #show(scope: Scope, index: bigint, entries: readonly Entry[]): void {
    this.#shown = { scope, index };
    this.#entries = new Map(entries.map((entry) => [entry.Key, entry]));
    for (const [key, onlookers] of [...this.#onlookers])
      if (covers(scope, key))
        for (const onlooker of [...onlookers])
          onlooker.seen({ entry: this.#entries.get(key), index });
  }

  #refuse(error: LeadershipError): void {
    for (const onlookers of [...this.#onlookers.values()])
      for (const onlooker of [...onlookers]) onlooker.refused(error);
  }
}

function covers({ key: asked, recurse }: Scope, key: string): boolean {
  return recurse ? key.startsWith(asked) : key === asked;
}
