import type { SchedulerLike, Subscription } from 'rxjs';
import { reached } from '../../lib/clock.js';
import { leaderRecord, type Contender } from '../../lib/contract.js';
import { effect } from './effect.js';

/** Where a claim stands: in the queue behind `ahead` others, or not there any more. */
export type Position =
  | { readonly status: 'queued'; readonly token: bigint; readonly ahead: number }
  | { readonly status: 'gone'; readonly why: 'deleted' | 'overwritten' | 'session' };

/** The connection over which the server tells a store what happened. */
export interface Listener {
  onClaim(nonce: string, position: Position): void;
  onQueue(key: string, queue: readonly Contender[]): void;
}

export interface ServerSession {
  readonly id: string;
  readonly owner: Listener;
  readonly ttl: number;
  readonly claims: Set<ServerClaim>;
  expiresAt: number;
  expiry?: Subscription;
}

/** A claim as the server has it. One that an operator has overwritten belongs to no session. */
interface ServerClaim {
  readonly nonce: string;
  readonly key: string;
  readonly contender: Contender;
  readonly session: ServerSession | undefined;
}

/** What a store sends to stake a claim. */
export interface Stake {
  readonly session: string;
  readonly nonce: string;
  readonly key: string;
  readonly id: string;
  readonly data: string | undefined;
}

/**
 * What the server knows, and what it does with each request. No faults here: those are between
 * this and the stores.
 */
export class World {
  readonly #scheduler: SchedulerLike;
  readonly #isFrozen: () => boolean;
  readonly #sessions = new Map<string, ServerSession>();
  readonly #claims = new Map<string, ServerClaim>();
  readonly #queues = new Map<string, ServerClaim[]>();
  readonly #watchers = new Map<string, Set<Listener>>();
  #incarnation = 0;
  #revision = 0n;

  constructor(scheduler: SchedulerLike, isFrozen: () => boolean) {
    this.#scheduler = scheduler;
    this.#isFrozen = isFrozen;
  }

  /** Grows when everything was lost. */
  get incarnation(): number {
    return this.#incarnation;
  }

  get sessions(): readonly ServerSession[] {
    return [...this.#sessions.values()];
  }

  queue(key: string): readonly Contender[] {
    return this.#queues.get(key)?.map(({ contender }) => contender) ?? [];
  }

  /** Opens a session, or renews it: so the request can be repeated. */
  open(id: string, ttl: number, owner: Listener): void {
    if (this.touch(id)) return;
    const expiresAt = this.#scheduler.now() + ttl;
    const session: ServerSession = { id, owner, ttl, claims: new Set(), expiresAt };
    this.#sessions.set(id, session);
    const overdue$ = reached(() => session.expiresAt, this.#scheduler, this.#scheduler);
    session.expiry = effect(overdue$, () => this.expireOverdue());
  }

  /** A renewal: counts from its arrival. `false`: there is no such session (any more). */
  touch(id: string): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    session.expiresAt = this.#scheduler.now() + session.ttl;
    return true;
  }

  end(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    session.expiry?.unsubscribe();
    for (const claim of session.claims) this.#remove(claim, 'session');
  }

  /** Ends every session whose time is over; a frozen server does it when it goes on. */
  expireOverdue(): void {
    if (this.#isFrozen()) return;
    for (const session of this.sessions)
      if (session.expiresAt <= this.#scheduler.now()) this.end(session.id);
  }

  /** Makes a claim, once per nonce: so the request can be repeated. */
  stake(stake: Stake): Position {
    const { nonce, key, id, data } = stake;
    const session = this.#sessions.get(stake.session);
    if (session === undefined) return { status: 'gone', why: 'session' };
    if (!this.#claims.has(nonce)) {
      this.#revision += 1n;
      const contender = leaderRecord(id, this.#revision, data);
      const claim: ServerClaim = { nonce, key, contender, session };
      this.#claims.set(nonce, claim);
      session.claims.add(claim);
      const queue = this.#queues.get(key);
      if (queue === undefined) this.#queues.set(key, [claim]);
      else queue.push(claim);
      this.#tellWatchers(key);
    }
    return this.look(stake);
  }

  /** Reads a claim back. */
  look({ session, nonce }: Pick<Stake, 'session' | 'nonce'>): Position {
    const claim = this.#claims.get(nonce);
    if (claim === undefined)
      return { status: 'gone', why: this.#sessions.has(session) ? 'deleted' : 'session' };
    const ahead = this.#queues.get(claim.key)?.indexOf(claim) ?? 0;
    return { status: 'queued', token: claim.contender.token, ahead };
  }

  /** Takes exactly this claim out of the queue, if it is still there and as it was made. */
  release(nonce: string): void {
    const claim = this.#claims.get(nonce);
    if (claim !== undefined) this.#remove(claim);
  }

  watch(key: string, watcher: Listener): readonly Contender[] {
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers.add(watcher));
    return this.queue(key);
  }

  unwatch(key: string, watcher: Listener): void {
    const watchers = this.#watchers.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(key);
  }

  /** Forgets what a connection watched: it was reset. */
  forget(watcher: Listener): void {
    for (const key of this.#watchers.keys()) this.unwatch(key, watcher);
  }

  /** An operator ends the session of a claim. */
  endSessionOf(key: string, id?: string): boolean {
    const session = this.#find(key, id)?.session;
    if (session !== undefined) this.end(session.id);
    return session !== undefined;
  }

  /** An operator deletes the claim of `id`, or the one at the head of the queue. */
  delete(key: string, id?: string): boolean {
    const claim = this.#find(key, id);
    if (claim !== undefined) this.#remove(claim, 'deleted');
    return claim !== undefined;
  }

  /** An operator writes over the claim at the head of the queue: same place, not ours any more. */
  overwrite(key: string, id: string): boolean {
    const claim = this.#find(key);
    if (claim === undefined) return false;
    const contender = leaderRecord(id, claim.contender.token);
    this.#queues.get(key)?.splice(0, 1, { ...claim, contender, nonce: '', session: undefined });
    this.#forgetClaim(claim, 'overwritten');
    this.#tellWatchers(key);
    return true;
  }

  /** Forgets everything, tells nobody and counts from the start again. */
  wipe(): void {
    for (const { expiry } of this.sessions) expiry?.unsubscribe();
    for (const map of [this.#sessions, this.#claims, this.#queues, this.#watchers]) map.clear();
    this.#revision = 0n;
    this.#incarnation += 1;
  }

  #find(key: string, id?: string): ServerClaim | undefined {
    return this.#queues.get(key)?.find(({ contender }) => id === undefined || contender.id === id);
  }

  /** `why`: what to tell the owner, who otherwise asked for it himself. */
  #remove(claim: ServerClaim, why?: 'deleted' | 'session'): void {
    const queue = this.#queues.get(claim.key) ?? [];
    const place = queue.indexOf(claim);
    queue.splice(place, 1);
    if (queue.length === 0) this.#queues.delete(claim.key);
    this.#forgetClaim(claim, why);
    for (const [ahead, { nonce, contender, session }] of queue.entries())
      if (ahead >= place)
        session?.owner.onClaim(nonce, { status: 'queued', token: contender.token, ahead });
    this.#tellWatchers(claim.key);
  }

  #forgetClaim(claim: ServerClaim, why?: 'deleted' | 'overwritten' | 'session'): void {
    this.#claims.delete(claim.nonce);
    claim.session?.claims.delete(claim);
    if (why !== undefined) claim.session?.owner.onClaim(claim.nonce, { status: 'gone', why });
  }

  #tellWatchers(key: string): void {
    const watchers = this.#watchers.get(key);
    if (watchers === undefined) return;
    const queue = this.queue(key);
    for (const watcher of watchers) watcher.onQueue(key, queue);
  }
}
