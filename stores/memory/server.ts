import type { SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../../lib/clock.js';
import type { Contender, LeadershipStore } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { normalKey } from '../../lib/key.js';
import type { Link, RequestKind } from './link.js';
import { World, type Listener } from './world.js';

export interface MemoryServerOptions {
  /** The time of this server and, unless they say otherwise, of its stores. Default: monotonic. */
  readonly scheduler?: SchedulerLike;
}

/** A session as the server has it. */
export interface MemorySession {
  /** The name of the store that opened it. */
  readonly store: string;
  readonly ttl: number;
  /** Milliseconds until it ends, unless a renewal arrives. */
  readonly expiresIn: number;
  /** How many claims it holds. */
  readonly claims: number;
}

/**
 * The server that memory stores talk to, with every lever that makes trouble. Give several stores
 * one server to play several processes.
 *
 * @example
 * const server = new MemoryServer({ scheduler });
 * const [here, there] = [memoryStore({ server }), memoryStore({ server })];
 * server.cut(here); // its lease runs out, and a candidate of `there` leads
 */
export class MemoryServer {
  readonly scheduler: SchedulerLike;
  readonly #world: World;
  readonly #links = new Map<LeadershipStore, Link>();
  #inbox: (() => void)[] | undefined;

  constructor({ scheduler = monotonicScheduler }: MemoryServerOptions = {}) {
    this.scheduler = scheduler;
    this.#world = new World(scheduler, () => this.#inbox !== undefined);
  }

  /** No message passes between `store` and the server any more, neither answers nor events. */
  cut(store: LeadershipStore): void {
    this.#link(store).cut();
  }

  /** Ends `cut`: the store connects anew, unless it was closed. What was under way is lost. */
  heal(store: LeadershipStore): void {
    this.#links.get(store)?.heal();
  }

  /** The connection of `store` breaks and is there again at once. What was under way is lost. */
  reset(store: LeadershipStore): void {
    this.#link(store).reset();
  }

  /** Each message to and from `store` takes `latency` milliseconds from now on. */
  slow(store: LeadershipStore, latency: number): void {
    this.#link(store).latency = latency;
  }

  /**
   * The server carries out requests of this kind but its answers are lost, until the result is
   * called. What it tells by itself (events) still arrives.
   */
  loseReplies(store: LeadershipStore, kind: RequestKind): () => void {
    return this.#link(store).loseReplies(kind);
  }

  /** All that the server sends to `store` arrives only when the result is called, in order. */
  holdReplies(store: LeadershipStore): () => void {
    return this.#link(store).holdReplies();
  }

  /** All that `store` sends arrives only when the result is called, in order. */
  holdRequests(store: LeadershipStore): () => void {
    return this.#link(store).holdRequests();
  }

  /** Ends the sessions of `store` at once, as an operator would. */
  expire(store: LeadershipStore): void {
    const link = this.#link(store);
    for (const { id, owner } of this.#world.sessions) if (owner === link) this.#world.end(id);
  }

  /** Ends the session that holds the claim of `id`, by default the leader's, as an operator would. */
  endSession(key: string, id?: string): boolean {
    return this.#world.endSessionOf(normalKey(key), id);
  }

  /** An operator deletes the claim of `id`, by default the leader's. Returns whether it was there. */
  deleteClaim(key: string, id?: string): boolean {
    return this.#world.delete(normalKey(key), id);
  }

  /**
   * An operator writes over the leader's claim. It stays at the head of the queue, belongs to
   * nobody, and nobody leads until it is deleted. Returns whether there was one.
   */
  overwriteClaim(key: string, id = 'operator'): boolean {
    return this.#world.overwrite(normalKey(key), id);
  }

  /** The server stops where it stands: it answers nothing and ends nothing. */
  freeze(): void {
    this.#inbox ??= [];
  }

  /** Ends `freeze`: sessions whose time is over end, then what has arrived meanwhile is handled. */
  thaw(): void {
    const inbox = this.#inbox ?? [];
    this.#inbox = undefined;
    this.#world.expireOverdue();
    for (const handle of inbox) this.receive(handle);
  }

  /** All connections break at once. Sessions and claims stay. */
  restart(): void {
    if (this.#inbox !== undefined) this.#inbox = [];
    this.thaw();
    for (const link of this.#links.values()) link.reset();
  }

  /** As `restart`, but everything is forgotten, and tokens start anew. */
  loseData(): void {
    this.#world.wipe();
    this.restart();
  }

  /** Everyone in the queue of `key`, the leader first, as the server knows it. */
  queue(key: string): readonly Contender[] {
    return this.#world.queue(normalKey(key));
  }

  /** All sessions. */
  sessions(): readonly MemorySession[] {
    const names = new Map<Listener, string>();
    for (const [store, link] of this.#links) names.set(link, store.name);
    return this.#world.sessions.map(({ owner, ttl, expiresAt, claims }) => ({
      store: names.get(owner) ?? '',
      ttl,
      expiresIn: expiresAt - this.scheduler.now(),
      claims: claims.size,
    }));
  }

  /** @internal */
  get world(): World {
    return this.#world;
  }

  /** @internal */
  receive(handle: () => void): void {
    if (this.#inbox === undefined) handle();
    else this.#inbox.push(handle);
  }

  /** @internal */
  connect(store: LeadershipStore, link: Link): void {
    this.#links.set(store, link);
  }

  /** @internal */
  disconnect(store: LeadershipStore): void {
    const link = this.#links.get(store);
    if (link !== undefined) this.#world.forget(link);
    this.#links.delete(store);
  }

  #link(store: LeadershipStore): Link {
    const link = this.#links.get(store);
    if (link === undefined)
      throw new LeadershipError(
        'invalid-option',
        `"${store.name}" is no open store of this server`,
      );
    return link;
  }
}
