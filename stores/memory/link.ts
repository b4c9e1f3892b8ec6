import { interval, merge, mergeMap, Observable, startWith, Subject, take } from 'rxjs';
import type { SchedulerLike } from 'rxjs';
import type { Contender } from '../../lib/contract.js';
import { Wire } from './wire.js';
import type { Listener, Position, World } from './world.js';

/** What a store asks of its server. The fault levers choose by these names. */
export type RequestKind = 'session' | 'renewal' | 'claim' | 'release' | 'end' | 'read';

/** What a connection needs of the server. */
export interface Endpoint {
  readonly world: World;
  /** Handles a request: now, or when the server is thawed. */
  receive(handle: () => void): void;
}

/** The connection of one store to the server, with everything that may go wrong with it. */
export class Link implements Listener {
  /** The connection was lost and is back: whatever was told meanwhile was missed. */
  readonly reconnected$: Observable<void>;
  /** The server is not the one that it was: it counts from the start. */
  readonly dataLost$: Observable<void>;
  /** Something has arrived. */
  readonly contact$: Observable<void>;
  /** How long a message is under way, one way. */
  latency: number;
  readonly #reconnected$ = new Subject<void>();
  readonly #dataLost$ = new Subject<void>();
  readonly #contact$ = new Subject<void>();
  readonly #endpoint: Endpoint;
  readonly #scheduler: SchedulerLike;
  readonly #up: Wire;
  readonly #down: Wire;
  readonly #losing = new Map<RequestKind, number>();
  readonly #claims = new Map<string, Subject<Position>>();
  readonly #queues = new Map<string, Subject<readonly Contender[]>>();
  #incarnation: number;
  #lastContact = -Infinity;
  #cut = false;

  constructor(endpoint: Endpoint, scheduler: SchedulerLike, latency: number) {
    this.reconnected$ = this.#reconnected$.asObservable();
    this.dataLost$ = this.#dataLost$.asObservable();
    this.contact$ = this.#contact$.asObservable();
    this.#endpoint = endpoint;
    this.#scheduler = scheduler;
    this.latency = latency;
    this.#up = new Wire(scheduler, () => this.latency);
    this.#down = new Wire(scheduler, () => this.latency);
    this.#incarnation = endpoint.world.incarnation;
  }

  /** The latest moment at which this connection is known to have worked. */
  get lastContact(): number {
    return this.#lastContact;
  }

  /** What `handle` returns at the server; nothing when request or reply is lost. */
  request<T>(kind: RequestKind, handle: (world: World) => T): Observable<T> {
    return new Observable<T>((out) => {
      const sent = this.#scheduler.now();
      this.#up.send(() =>
        this.#endpoint.receive(() => {
          const reply = handle(this.#endpoint.world);
          if (this.#losing.has(kind)) return;
          this.#sendDown(sent, () => {
            out.next(reply);
            out.complete();
          });
        }),
      );
    });
  }

  /**
   * Repeats a request until it is answered, every `every` milliseconds and after a reconnection.
   * Only for requests that can be repeated. Also a late answer to an earlier attempt counts: else
   * a connection slower than `every` would never get anywhere.
   */
  ask<T>(kind: RequestKind, handle: (world: World) => T, every: number): Observable<T> {
    return merge(interval(every, this.#scheduler), this.reconnected$).pipe(
      startWith(undefined),
      mergeMap(() => this.request(kind, handle)),
      take(1),
    );
  }

  /** What the server tells of a claim by itself. */
  claim(nonce: string): Observable<Position> {
    return listen(this.#claims, nonce);
  }

  /** What the server tells of a queue by itself, once it is asked to. */
  queue(key: string): Observable<readonly Contender[]> {
    return listen(this.#queues, key);
  }

  onClaim(nonce: string, position: Position): void {
    this.#sendDown(undefined, () => this.#claims.get(nonce)?.next(position));
  }

  onQueue(key: string, queue: readonly Contender[]): void {
    this.#sendDown(undefined, () => this.#queues.get(key)?.next(queue));
  }

  /** Loses all messages in both directions, also those under way, until `heal`. */
  cut(): void {
    this.#cut = true;
    for (const wire of [this.#up, this.#down]) wire.cut();
  }

  heal(): void {
    if (!this.#cut) return;
    this.#cut = false;
    this.reset();
  }

  /** The connection breaks, what is under way is lost; a new one is there at once. */
  reset(): void {
    if (this.#cut) return;
    for (const wire of [this.#up, this.#down]) {
      wire.cut();
      wire.heal();
    }
    this.#endpoint.world.forget(this);
    this.#reconnected$.next();
  }

  /** Requests of this kind are carried out, but not answered, until the result is called. */
  loseReplies(kind: RequestKind): () => void {
    const count = (change: number) => {
      const left = (this.#losing.get(kind) ?? 0) + change;
      if (left > 0) this.#losing.set(kind, left);
      else this.#losing.delete(kind);
    };
    count(1);
    return once(() => count(-1));
  }

  holdReplies(): () => void {
    return this.#down.hold();
  }

  holdRequests(): () => void {
    return this.#up.hold();
  }

  #sendDown(asked: number | undefined, arrive: () => void): void {
    const { incarnation } = this.#endpoint.world;
    this.#down.send(() => {
      this.#lastContact = Math.max(this.#lastContact, asked ?? this.#scheduler.now());
      if (incarnation !== this.#incarnation) {
        this.#incarnation = incarnation;
        this.#dataLost$.next();
      }
      this.#contact$.next();
      arrive();
    });
  }
}

function listen<T>(subjects: Map<string, Subject<T>>, name: string): Observable<T> {
  return new Observable<T>((out) => {
    const subject = subjects.get(name) ?? new Subject<T>();
    subjects.set(name, subject);
    out.add(subject.subscribe(out));
    return () => {
      if (!subject.observed) subjects.delete(name);
    };
  });
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
