import { firstValueFrom, ReplaySubject, type Observable, tap, type SchedulerLike } from 'rxjs';
import type { Clock } from '../../lib/clock.js';
import type {
  ClaimRequest,
  ClaimState,
  Contender,
  KeyState,
  LeadershipStore,
  LeaseTiming,
} from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { checkId, normalKey } from '../../lib/key.js';
import { checkDuration, leastMargin } from '../../lib/timing.js';
import { Link } from './link.js';
import { lock, type LockContext } from './lock.js';
import { MemoryServer } from './server.js';
import { Sessions } from './sessions.js';
import { Watches } from './watch.js';

/** All durations are milliseconds. */
export interface MemoryStoreOptions {
  /** The server to talk to. Default: one of its own, which nobody else can reach. */
  readonly server?: MemoryServer;
  /** How long the server waits for a sign of life. Default 15 000. */
  readonly ttl?: number;
  /** Taken off the ttl on our side. Default, and the least: max(200, 10 % of the ttl). */
  readonly margin?: number;
  /** How long a watch counts as fresh without contact. Default: half the ttl, at least 1 000. */
  readonly staleAfter?: number;
  /** How long a message to or from the server takes. Default 0: answers come in the same frame. */
  readonly latency?: number;
  /** Timers of this store. Default: the server's. */
  readonly scheduler?: SchedulerLike;
  /** The clock of this store. Default: the scheduler's. */
  readonly clock?: Clock;
  /** Default `memory`. */
  readonly name?: string;
}

export interface MemoryStore extends LeadershipStore {
  readonly server: MemoryServer;
}

/**
 * A store without anything outside: a queue in this process. For tests in virtual time, for demos
 * and for programs of one process. It plays by the rules of the real ones: sessions that must be
 * renewed, leases counted from what was sent, and a server that can be out of reach.
 *
 * @example
 * const store = memoryStore();
 * campaign(store, { key: 'jobs/leader', id: 'me' }).subscribe(console.log);
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const scheduler = options.scheduler ?? options.server?.scheduler;
  const server = options.server ?? new MemoryServer({ ...(scheduler && { scheduler }) });
  return new StoreInMemory(server, options);
}

let stores = 0;

class StoreInMemory implements MemoryStore {
  readonly name: string;
  readonly server: MemoryServer;
  readonly scheduler: SchedulerLike;
  readonly clock: Clock;
  readonly #ttl: number;
  readonly #margin: number;
  readonly #sessions: Sessions;
  readonly #watches: Watches;
  readonly #locking: LockContext;
  readonly #closing$ = new ReplaySubject<void>(1);
  readonly #closed$ = new ReplaySubject<void>(1);
  #closed: Promise<void> | undefined;

  constructor(server: MemoryServer, options: MemoryStoreOptions) {
    const { ttl = 15_000, margin = 0, latency = 0, name = 'memory' } = options;
    this.#ttl = ttl;
    this.#margin = margin;
    checkDuration('margin', margin, 0);
    checkDuration('latency', latency, 0);
    const staleAfter = options.staleAfter ?? Math.max(1_000, ttl / 2);
    checkDuration('staleAfter', staleAfter, 1);
    this.timing(ttl);
    this.name = name;
    this.server = server;
    this.scheduler = options.scheduler ?? server.scheduler;
    this.clock = options.clock ?? { now: () => this.scheduler.now() };
    const link = new Link(server, this.scheduler, latency);
    server.connect(this, link);
    const context = { link, clock: this.clock, scheduler: this.scheduler };
    stores += 1;
    const timing = (wish: number) => this.timing(wish);
    this.#sessions = new Sessions(context, `${name}-${stores}`, timing);
    this.#locking = { ...context, sessions: this.#sessions, closing$: this.#closing$ };
    this.#watches = new Watches({ ...context, staleAfter, closed$: this.#closed$ });
  }

  timing(ttl = this.#ttl): LeaseTiming {
    checkDuration('ttl', ttl, 1);
    const margin = Math.max(leastMargin(ttl), this.#margin);
    const gap = ttl / 2; // a renewal each quarter, and one may be lost
    if (margin + gap < ttl) return { ttl, margin, gap };
    const message = `ttl is ${ttl}, not more than the margin (${margin}) and two renewals (${gap})`;
    throw new LeadershipError('invalid-option', message);
  }

  lock(key: string, claim: ClaimRequest): Observable<ClaimState> {
    const { ttl } = this.timing(claim.ttl);
    checkId(claim.id);
    return lock(this.#locking, { ...claim, ttl, key: normalKey(key) });
  }

  watch(key: string): Observable<KeyState> {
    return this.#watches.leader(normalKey(key));
  }

  contenders(key: string): Observable<readonly Contender[]> {
    return this.#watches.contenders(normalKey(key));
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** All of it happens on the scheduler; the promise only tells of it. */
  #close(): Promise<void> {
    this.#closing$.next();
    const closed$ = this.#sessions.close().pipe(
      tap(() => {
        this.#closed$.next();
        this.server.disconnect(this);
      }),
    );
    return firstValueFrom(closed$, { defaultValue: undefined });
  }
}
