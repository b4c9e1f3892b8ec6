import { Observable, type Subscriber, type Subscription } from 'rxjs';
import type { ClaimRequest, ClaimState, Settlement } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import type { Connection } from './connection.js';
import type { Session } from './session.js';
import type { Opened, Sessions, Share } from './sessions.js';
import { Stake, type Position } from './stake.js';
import { after, Backoff, pause } from './timers.js';
import type { Watches } from './watches.js';
import { encodeValue, type ElectionKeys } from './wire.js';

/** What a claim needs of its store. */
export interface ClaimSurroundings {
  readonly connection: Connection;
  readonly sessions: Sessions;
  readonly watches: Watches;
  /** All claims that are not settled yet. */
  readonly claims: Set<Claim>;
  readonly nonce: () => string;
}

/** Stakes a claim on subscribe, and gives it up on unsubscribe, whatever state it is in. */
export function claim(
  surroundings: ClaimSurroundings,
  election: ElectionKeys,
  request: ClaimRequest & { readonly ttl: number },
): Observable<ClaimState> {
  return new Observable((out) => {
    const staked = new Claim(surroundings, election, request, out);
    staked.start();
    return () => staked.leave();
  });
}

export class Claim {
  readonly #surroundings: ClaimSurroundings;
  readonly #election: ElectionKeys;
  readonly #request: ClaimRequest & { readonly ttl: number };
  readonly #out: Subscriber<ClaimState>;
  #share: Share;
  readonly #backoff = new Backoff();
  #late: Subscription | undefined;
  #opened: Opened | undefined;
  #stake: Stake | undefined;
  #leaveSession: (() => void) | undefined;
  #ownWatch: (() => void) | undefined;
  #frontWatch: (() => void) | undefined;
  #live = { own: false, front: false };
  #ahead: number | undefined;
  #reading = false;
  #held = false;
  #over = false;
  #tellSettled: () => void = () => undefined;
  readonly #settled = new Promise<void>((resolve) => (this.#tellSettled = resolve));

  constructor(
    surroundings: ClaimSurroundings,
    election: ElectionKeys,
    request: ClaimRequest & { readonly ttl: number },
    out: Subscriber<ClaimState>,
  ) {
    this.#surroundings = surroundings;
    this.#election = election;
    this.#request = request;
    this.#out = out;
    this.#share = surroundings.sessions.share(request.ttl);
  }

  start(): void {
    const { connection, claims } = this.#surroundings;
    claims.add(this);
    const { ttl } = this.#request;
    this.#late = after(connection.scheduler, ttl, () =>
      this.fail(
        new LeadershipError('store-unreachable', `etcd: no claim could be staked within ${ttl} ms`),
      ),
    );
    void this.#begin();
  }

  /** Resolves when it has been given back. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** The store is being closed. */
  tellLeaving(): void {
    if (!this.#over) this.#out.next({ status: 'leaving' });
  }

  fail(error: LeadershipError): void {
    if (this.#over) return;
    this.#out.error(error); // its teardown is `leave`
    this.leave();
  }

  leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#late?.unsubscribe();
    this.#leaveSession?.();
    this.#stopWatching();
    void this.#giveBack();
  }

  async #begin(): Promise<void> {
    try {
      const position = await this.#untilStaked();
      if (position === undefined) return;
      this.#late?.unsubscribe();
      this.#stand(position);
    } catch (error) {
      this.fail(error as LeadershipError);
    }
  }

  /** `undefined`: given up meanwhile. Time is limited by the timer of `start`. */
  async #untilStaked(): Promise<Position | undefined> {
    const { connection } = this.#surroundings;
    for (;;) {
      try {
        const stake = await this.#ready();
        if (stake === undefined) return undefined;
        const position = await stake.attempt();
        return this.#isOver() ? undefined : position;
      } catch (error) {
        if (this.#isOver()) return undefined;
        if ((error as LeadershipError).code !== 'store-unreachable') throw error;
        await pause(connection.scheduler, this.#backoff.next());
        if (this.#isOver()) return undefined;
      }
    }
  }

  /** Waits for a session on which nothing is owed in this election. */
  async #ready(): Promise<Stake | undefined> {
    if (this.#stake !== undefined) return this.#stake;
    this.#opened = await this.#share.opened;
    const { session, books } = this.#opened;
    if (this.#over) return undefined;
    this.#leaveSession ??= session.join((error) => this.fail(error));
    await books.clear(this.#election.prefix);
    if (this.#isOver()) return undefined;
    const own = this.#own(session);
    this.#stake = new Stake(this.#surroundings.connection, this.#election, own, session.limit);
    return this.#stake;
  }

  #own({ id, hex }: Session) {
    const key = Buffer.from(`${this.#election.prefix}${hex}-${this.#surroundings.nonce()}`);
    return { key, value: encodeValue(this.#request.id, this.#request.data), lease: id };
  }

  /** Acts on what was just read: leads, or waits for the one in front to leave. */
  #stand({ front, revision }: Position): void {
    const { watches } = this.#surroundings;
    const stake = this.#stake;
    if (stake === undefined) return;
    this.#watchOwn(revision + 1n);
    if (this.#held) return;
    if (front.predecessor === undefined) return this.#hold();
    this.#tellWaiting(front.ahead);
    if (this.#isOver()) return;
    this.#live.front = false;
    const alone = front.ahead === 1;
    this.#frontWatch?.();
    this.#frontWatch = watches.watch(
      { key: front.predecessor, from: revision + 1n },
      {
        live: () => (this.#live.front = true),
        events: (events) => {
          if (events.some(({ type }) => type === 'Delete')) this.#frontLeft(alone);
        },
        broken: (refused) => this.#broken(refused),
      },
    );
  }

  /**
   * Without a round trip only if the last read showed exactly one claim in front, and both watches
   * have lived without a break since then: nobody else can have come between.
   */
  #frontLeft(alone: boolean): void {
    if (alone && this.#live.own && this.#live.front) this.#hold();
    else void this.#readAgain();
  }

  #watchOwn(from: bigint): void {
    this.#ownWatch?.();
    this.#live.own = false;
    this.#ownWatch = this.#surroundings.watches.watch(
      { key: this.#stake?.own.key ?? Buffer.alloc(0), from },
      {
        live: () => (this.#live.own = true),
        // Deleted, or overwritten by a hand that is not ours: a claim is written once.
        events: () => this.fail(lost()),
        broken: (refused) => this.#broken(refused),
      },
    );
  }

  /** What happened meanwhile is unknown, so everything is read again. */
  #broken(refused: LeadershipError | undefined): void {
    this.#stopWatching();
    if (refused?.code === 'access-denied') this.fail(refused);
    else void this.#readAgain();
  }

  async #readAgain(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    this.#stopWatching();
    try {
      while (!this.#isOver()) {
        const position = await this.#tryToRead();
        if (position === undefined) continue;
        this.#reading = false;
        if (!this.#isOver()) this.#stand(position);
        return;
      }
    } catch (error) {
      this.fail(error as LeadershipError);
    }
  }

  async #tryToRead(): Promise<Position | undefined> {
    try {
      return await this.#stake?.position();
    } catch (error) {
      if ((error as LeadershipError).code !== 'store-unreachable') throw error;
      await pause(this.#surroundings.connection.scheduler, this.#backoff.next());
      return undefined;
    }
  }

  #hold(): void {
    const { session } = this.#opened ?? {};
    const token = this.#stake?.token;
    if (session === undefined || token === undefined || this.#over || this.#held) return;
    if (session.isOver) {
      session.end(new LeadershipError('session-lost', 'etcd: the lease of the session ran out'));
      return;
    }
    this.#held = true;
    this.#frontWatch?.();
    this.#frontWatch = undefined;
    this.#out.next({ status: 'held', token, lease: session.lease });
  }

  #tellWaiting(ahead: number | undefined): void {
    if (ahead !== undefined) this.#ahead = ahead;
    this.#out.next(
      this.#ahead === undefined ? { status: 'waiting' } : { status: 'waiting', ahead: this.#ahead },
    );
  }

  #stopWatching(): void {
    this.#ownWatch?.();
    this.#frontWatch?.();
    this.#ownWatch = undefined;
    this.#frontWatch = undefined;
    this.#live = { own: false, front: false };
  }

  async #giveBack(): Promise<void> {
    // On the books at once: a claim that is staked in this same moment must find it there.
    const settling: Promise<Settlement> | undefined =
      this.#opened && this.#stake && this.#opened.books.giveBack(this.#stake);
    await Promise.resolve();
    const settlement: Settlement = (await settling) ?? { outcome: 'released' };
    this.#share.giveBack();
    this.#surroundings.claims.delete(this);
    this.#tellSettled();
    this.#request.settled?.(settlement);
  }

  #isOver(): boolean {
    return this.#over;
  }
}

function lost(): LeadershipError {
  return new LeadershipError('claim-lost', 'etcd: the claim was deleted or overwritten');
}
