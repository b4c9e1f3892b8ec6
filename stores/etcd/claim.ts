import { Observable, of, type Subscriber, type Subscription } from 'rxjs';
import type { ClaimRequest, ClaimState, Settlement } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import type { Connection } from './connection.js';
import { dataLost, unconfirmed } from './failures.js';
import { Place } from './place.js';
import type { Session } from './session.js';
import type { Opened, Sessions, Share } from './sessions.js';
import { Stake, type Position } from './stake.js';
import { after, Backoff, pause, within } from './timers.js';
import type { Watches } from './watches.js';
import { encodeValue, type ElectionKeys } from './wire.js';

/** What a claim needs of its store. */
export interface ClaimSurroundings {
  readonly connection: Connection;
  readonly sessions: Sessions;
  readonly watches: Watches;
  /** All claims that are not settled yet. */
  readonly claims: Set<ActiveClaim>;
  /** The largest token given out, by election. */
  readonly tokens: Map<string, bigint>;
  readonly nonce: () => string;
}

const released: Settlement = { outcome: 'released' };

/** A claim as its store sees it, from the subscription until it has been given back. */
interface ActiveClaim {
  /** Resolves when it has been given back. */
  readonly settled: Promise<void>;
  /** The store is being closed. */
  tellLeaving(): void;
  fail(error: LeadershipError): void;
}

type Request = ClaimRequest & { readonly ttl: number };

/** Stakes a claim on subscribe, and gives it up on unsubscribe, whatever state it is in. */
export function claim(
  surroundings: ClaimSurroundings,
  election: ElectionKeys,
  request: Request,
): Observable<ClaimState> {
  return new Observable((out) => {
    const staked = new Claim(surroundings, election, request, out);
    staked.start();
    return () => staked.leave();
  });
}

class Claim implements ActiveClaim {
  readonly settled: Promise<void>;
  readonly #surroundings: ClaimSurroundings;
  readonly #election: ElectionKeys;
  readonly #request: Request;
  readonly #out: Subscriber<ClaimState>;
  readonly #backoff = new Backoff();
  #tellSettled: () => void = () => undefined;
  #share: Share;
  #late: Subscription | undefined;
  #opened: Opened | undefined;
  #leaveSession: (() => void) | undefined;
  #stake: Stake | undefined;
  #place: Place | undefined;
  #ahead: number | undefined;
  #trouble: LeadershipError | undefined;
  #over = false;

  constructor(
    surroundings: ClaimSurroundings,
    election: ElectionKeys,
    request: Request,
    out: Subscriber<ClaimState>,
  ) {
    this.#surroundings = surroundings;
    this.#election = election;
    this.#request = request;
    this.#out = out;
    this.#share = surroundings.sessions.share(request.ttl);
    this.settled = new Promise((resolve) => (this.#tellSettled = resolve));
  }

  start(): void {
    const { connection, claims } = this.#surroundings;
    const { ttl } = this.#request;
    claims.add(this);
    this.#late = after(connection.scheduler, ttl, () => {
      const message = `etcd: no claim could be staked within ${ttl} ms`;
      this.fail(new LeadershipError('store-unreachable', message, { cause: this.#trouble }));
    });
    void this.#begin();
  }

  tellLeaving(): void {
    if (!this.#over) this.#out.next({ status: 'leaving' });
  }

  fail(error: LeadershipError): void {
    if (this.#over) return;
    if (error.code === 'data-lost') this.#surroundings.tokens.delete(this.#election.prefix);
    this.#leave();
    this.#out.error(error);
  }

  leave(): void {
    if (!this.#over) this.#leave();
  }

  #leave(): void {
    this.#over = true;
    this.#late?.unsubscribe();
    this.#leaveSession?.();
    this.#place?.leave();
    void this.#giveBack();
  }

  async #begin(): Promise<void> {
    try {
      const position = await this.#untilStaked();
      if (position === undefined) return;
      this.#late?.unsubscribe();
      this.#takePlace().stand(position);
    } catch (error) {
      this.fail(error as LeadershipError);
    }
  }

  /** `undefined`: given up meanwhile. Limited by the timer of `start`. */
  async #untilStaked(): Promise<Position | undefined> {
    while (!this.#isOver()) {
      try {
        const stake = await this.#ready();
        if (this.#isOver()) return undefined; // given up between: nothing may be sent any more
        const position = await stake?.attempt();
        return this.#isOver() ? undefined : position;
      } catch (error) {
        this.#trouble = error as LeadershipError;
        if (this.#trouble.code === 'session-lost') this.#opened?.session.end(this.#trouble);
        if (this.#trouble.code !== 'store-unreachable') throw error;
        await pause(this.#surroundings.connection.scheduler, this.#backoff.next());
      }
    }
    return undefined;
  }

  /** Waits for a session on which nothing is owed in this election. */
  async #ready(): Promise<Stake | undefined> {
    if (this.#stake !== undefined) return this.#stake;
    const opened = await this.#openedSession();
    if (opened === undefined) return undefined;
    await opened.books.clear(this.#election.prefix);
    if (this.#isOver()) return undefined;
    const { session } = opened;
    if (session.isRetired) return this.#ready();
    this.#opened = opened;
    this.#leaveSession = session.join((error) => this.fail(error));
    if (this.#isOver()) return undefined;
    const own = this.#own(session);
    this.#stake = new Stake(this.#surroundings.connection, this.#election, own, session.limit);
    return this.#stake;
  }

  /** A share in a session that failed to open, or takes no claims any more, is changed for a new one. */
  async #openedSession(): Promise<Opened | undefined> {
    const opened = await this.#share.opened.catch((error: unknown) => {
      this.#changeShare();
      throw error;
    });
    if (this.#over) return undefined;
    if (!opened.session.isRetired) return opened;
    this.#changeShare();
    return this.#openedSession();
  }

  #changeShare(): void {
    if (this.#over) return;
    this.#share.giveBack();
    this.#share = this.#surroundings.sessions.share(this.#request.ttl);
  }

  #own({ id, hex }: Session) {
    const key = Buffer.from(`${this.#election.prefix}${hex}-${this.#surroundings.nonce()}`);
    return { key, value: encodeValue(this.#request.id, this.#request.data), lease: id };
  }

  #takePlace(): Place {
    const { connection, watches } = this.#surroundings;
    const stake = this.#stake;
    if (stake === undefined) throw new Error('a place is taken with a stake');
    this.#place = new Place({
      connection,
      watches,
      stake,
      patience: this.#request.ttl,
      waiting: (ahead) => this.#tellWaiting(ahead),
      first: () => this.#hold(stake),
      lost: (error) => this.fail(error),
    });
    return this.#place;
  }

  /** Only while the lease is live: else it may be somebody else's turn already. */
  #hold({ token }: Stake): void {
    const { session } = this.#opened ?? {};
    if (session === undefined || token === undefined || this.#over) return;
    if (session.isOver)
      session.end(new LeadershipError('session-lost', 'etcd: the lease of the session ran out'));
    else if (token <= this.#lastToken) this.fail(dataLost(token, this.#lastToken));
    else {
      this.#surroundings.tokens.set(this.#election.prefix, token);
      this.#out.next({ status: 'held', token, lease: session.lease });
    }
  }

  get #lastToken(): bigint {
    return this.#surroundings.tokens.get(this.#election.prefix) ?? 0n;
  }

  #tellWaiting(ahead: number | undefined): void {
    if (ahead !== undefined) this.#ahead = ahead;
    this.#out.next(
      this.#ahead === undefined ? { status: 'waiting' } : { status: 'waiting', ahead: this.#ahead },
    );
  }

  async #giveBack(): Promise<void> {
    // On the books at once: a claim that is staked in this same moment must find it there.
    const settling: Promise<Settlement> | undefined =
      this.#opened && this.#stake && this.#opened.books.giveBack(this.#stake);
    await Promise.resolve();
    const settlement = settling === undefined ? released : await this.#inTime(settling);
    // Through a subscriber: what it throws is reported as RxJS reports it, and is not ours.
    of(settlement).subscribe({
      next: (told) => this.#request.settled?.(told),
      error: () => undefined,
    });
    await settling; // the books may go on: the session is needed for that
    this.#share.giveBack();
    this.#surroundings.claims.delete(this);
    this.#tellSettled();
  }

  async #inTime(settling: Promise<Settlement>): Promise<Settlement> {
    const { scheduler } = this.#surroundings.connection;
    const ttl = this.#opened?.session.lease.ttl ?? this.#request.ttl;
    const late = () => unconfirmed(`the release of a claim, within ${ttl} ms,`);
    return within(scheduler, ttl, settling, late).catch((error: unknown) => ({
      outcome: 'abandoned',
      error: error as LeadershipError,
    }));
  }

  #isOver(): boolean {
    return this.#over;
  }
}
