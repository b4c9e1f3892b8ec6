import { Observable, of, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import type { ClaimRequest, ClaimState, Settlement } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import type { Election } from './election.js';
import type { Failures } from './failures.js';
import type { SessionDriver } from './session.js';
import type { Opened, Sessions, Share } from './sessions.js';
import type { Stake } from './stake.js';
import { after, Backoff, pause, within } from './timers.js';

/** What a claim needs of its store. */
export interface ClaimSurroundings<D extends SessionDriver> {
  readonly failures: Failures;
  readonly scheduler: SchedulerLike;
  readonly sessions: Sessions<D>;
  /** All claims that are not settled yet. */
  readonly claims: Set<ActiveClaim>;
  /** The largest token given out, by election. */
  readonly tokens: Map<string, bigint>;
}

const released: Settlement = { outcome: 'released' };

/** A claim as its store sees it, from the subscription until it has been given back. */
export interface ActiveClaim {
  /** Resolves when it has been given back. */
  readonly settled: Promise<void>;
  /** The store is being closed. */
  tellLeaving(): void;
  fail(error: LeadershipError): void;
}

type Request = ClaimRequest & { readonly ttl: number };

/** Stakes a claim on subscribe, and gives it up on unsubscribe, whatever state it is in. */
export function claim<D extends SessionDriver>(
  surroundings: ClaimSurroundings<D>,
  election: Election<D>,
  request: Request,
): Observable<ClaimState> {
  return new Observable((out) => {
    const staked = new Claim(surroundings, election, request, out);
    staked.start();
    return () => staked.leave();
  });
}

class Claim<D extends SessionDriver> implements ActiveClaim {
  readonly settled: Promise<void>;
  readonly #surroundings: ClaimSurroundings<D>;
  readonly #election: Election<D>;
  readonly #request: Request;
  readonly #out: Subscriber<ClaimState>;
  readonly #backoff = new Backoff();
  #tellSettled: () => void = () => undefined;
  #share: Share<D>;
  #late: Subscription | undefined;
  #opened: Opened<D> | undefined;
  #leaveSession: (() => void) | undefined;
  #stake: Stake | undefined;
  #leavePlace: (() => void) | undefined;
  #ahead: number | undefined;
  #trouble: LeadershipError | undefined;
  #over = false;

  constructor(
    surroundings: ClaimSurroundings<D>,
    election: Election<D>,
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
    const { failures, scheduler, claims } = this.#surroundings;
    const { ttl } = this.#request;
    claims.add(this);
    this.#late = after(scheduler, ttl, () => {
      const message = `no claim could be staked within ${ttl} ms`;
      this.fail(failures.unreachable(message, this.#trouble));
    });
    void this.#begin();
  }

  tellLeaving(): void {
    if (!this.#over) this.#out.next({ status: 'leaving' });
  }

  fail(error: LeadershipError): void {
    if (this.#over) return;
    if (error.code === 'data-lost') this.#surroundings.tokens.delete(this.#election.name);
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
    this.#leavePlace?.();
    void this.#giveBack();
  }

  async #begin(): Promise<void> {
    try {
      const stake = await this.#untilStaked();
      if (stake === undefined) return;
      this.#takePlace(stake);
      this.#late?.unsubscribe();
    } catch (error) {
      this.fail(error as LeadershipError);
    }
  }

  /** `undefined`: given up meanwhile. Limited by the timer of `start`. */
  async #untilStaked(): Promise<Stake | undefined> {
    while (!this.#isOver()) {
      try {
        const stake = await this.#ready();
        if (this.#isOver()) return undefined; // given up between: nothing may be sent any more
        await stake?.attempt();
        return this.#isOver() ? undefined : stake;
      } catch (error) {
        this.#trouble = error as LeadershipError;
        if (this.#trouble.code === 'session-lost') this.#opened?.session.end(this.#trouble);
        if (this.#trouble.code !== 'store-unreachable') throw error;
        await pause(this.#surroundings.scheduler, this.#backoff.next());
      }
    }
    return undefined;
  }

  /** Waits for a session on which nothing is owed in this election. */
  async #ready(): Promise<Stake | undefined> {
    if (this.#stake !== undefined) return this.#stake;
    const opened = await this.#openedSession();
    if (opened === undefined) return undefined;
    await opened.books.clear(this.#election.name);
    if (this.#isOver()) return undefined;
    const { session } = opened;
    if (session.isRetired) return this.#ready();
    this.#opened = opened;
    this.#leaveSession = session.join((error) => this.fail(error));
    if (this.#isOver()) return undefined;
    this.#stake = this.#election.stake(session, this.#request);
    return this.#stake;
  }

  /** A share in a session that failed to open, or takes no claims any more, is changed for a new one. */
  async #openedSession(): Promise<Opened<D> | undefined> {
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

  #takePlace(stake: Stake): void {
    const leave = stake.stand({
      waiting: (ahead) => this.#tellWaiting(ahead),
      first: () => this.#hold(stake),
      lost: (error) => this.fail(error),
    });
    if (this.#over)
      leave(); // told something while it took its place, and left
    else this.#leavePlace = leave;
  }

  /** Only while the lease is live: else it may be somebody else's turn already. */
  #hold({ token }: Stake): void {
    const { session } = this.#opened ?? {};
    if (session === undefined || token === undefined || this.#over) return;
    const { failures } = this.#surroundings;
    if (session.isOver) session.end(failures.sessionLost('the lease of the session ran out'));
    else if (token <= this.#lastToken) this.fail(failures.dataLost(token, this.#lastToken));
    else {
      this.#surroundings.tokens.set(this.#election.name, token);
      this.#out.next({ status: 'held', token, lease: session.lease });
    }
  }

  get #lastToken(): bigint {
    return this.#surroundings.tokens.get(this.#election.name) ?? 0n;
  }

  #tellWaiting(ahead: number | undefined): void {
    if (this.#over) return;
    if (ahead !== undefined) this.#ahead = ahead;
    this.#out.next(
      this.#ahead === undefined ? { status: 'waiting' } : { status: 'waiting', ahead: this.#ahead },
    );
  }

  async #giveBack(): Promise<void> {
    // On the books at once: a claim that is staked in this same moment must find it there.
    const settling: Promise<Settlement> | undefined =
      this.#opened && this.#stake && this.#opened.books.giveBack(this.#election.name, this.#stake);
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
    const { failures, scheduler } = this.#surroundings;
    const ttl = this.#opened?.session.lease.ttl ?? this.#request.ttl;
    const late = () => failures.unconfirmed(`the release of a claim, within ${ttl} ms,`);
    return within(scheduler, ttl, settling, late).catch((error: unknown) => ({
      outcome: 'abandoned',
      error: error as LeadershipError,
    }));
  }

  #isOver(): boolean {
    return this.#over;
  }
}
