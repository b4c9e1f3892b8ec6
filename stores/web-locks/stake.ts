import type { SchedulerLike } from 'rxjs';
import type { ClaimRequest } from '../../lib/contract.js';
import type { Session } from '../shared/session.js';
import type { PlaceListener, Stake } from '../shared/stake.js';
import { within } from '../shared/timers.js';
import type { WebLocksElection } from './election.js';
import { failures } from './failures.js';
import { HeldLock } from './held-lock.js';
import { Place } from './place.js';
import type { WebLocksSession } from './session.js';
import type { Tokens } from './tokens.js';

export interface StakeSurroundings {
  readonly tokens: Tokens;
  readonly election: WebLocksElection;
  readonly session: Session<WebLocksSession>;
  readonly scheduler: SchedulerLike;
}

/** The locks of a claim that is staked. */
export interface StakedLocks {
  readonly token: bigint;
  readonly turn: HeldLock;
}

/**
 * A claim: a lock that shows it to everybody, and the wish for the lock of the election, for which
 * the browser keeps the queue.
 */
export class WebLocksStake implements Stake {
  readonly #surroundings: StakeSurroundings;
  readonly #request: ClaimRequest;
  readonly #locks = new Map<HeldLock, () => void>();
  #inFlight: Promise<void> | undefined;
  #staked: StakedLocks | undefined;
  #isLost = false;
  #lost: () => void = () => undefined;

  constructor(surroundings: StakeSurroundings, request: ClaimRequest) {
    this.#surroundings = surroundings;
    this.#request = request;
  }

  get token(): bigint | undefined {
    return this.#staked?.token;
  }

  get mayExist(): boolean {
    return this.#locks.size > 0;
  }

  /** Nothing that was asked for can arrive later. */
  get lastSent(): number {
    return -Infinity;
  }

  async quiet(): Promise<void> {
    await this.#inFlight?.catch(() => undefined);
  }

  async attempt(): Promise<void> {
    this.#inFlight = this.#attempt();
    await this.#inFlight;
  }

  stand(listener: PlaceListener): () => void {
    const { election } = this.#surroundings;
    if (this.#staked === undefined || this.#isLost) {
      listener.lost(failures.claimLost());
      return () => undefined;
    }
    const place = new Place(election, this.#staked, listener);
    this.#lost = () => {
      place.leave();
      listener.lost(failures.claimLost());
    };
    return () => {
      this.#lost = () => undefined;
      place.leave();
    };
  }

  async release(): Promise<{ readonly certain: true }> {
    this.#staked = undefined;
    const locks = [...this.#locks];
    this.#locks.clear();
    await Promise.all(
      locks.map(async ([lock, forget]) => {
        await lock.release();
        forget();
      }),
    );
    if (locks.length > 0) this.#surroundings.election.announce();
    return { certain: true };
  }

  /** There is nothing to wait for. */
  lieInWait(): () => void {
    return () => undefined;
  }

  async #attempt(): Promise<void> {
    if (this.#staked !== undefined) return;
    const { election } = this.#surroundings;
    const entrance = new HeldLock(election.locks.entrance);
    try {
      await this.#inTime(entrance.granted);
      this.#staked = await this.#enter();
    } catch (error) {
      await this.release();
      throw error;
    } finally {
      void entrance.release();
    }
    election.announce();
  }

  async #enter(): Promise<StakedLocks> {
    const { tokens, session, election } = this.#surroundings;
    const token = await this.#inTime(tokens.next(election.key));
    const { id, data } = this.#request;
    const turn = this.#wish(election.locks.turn);
    const mark = this.#wish(election.locks.mark({ token, session: session.driver.name, id, data }));
    // The browser takes wishes in their order: with this one granted, the other has its place.
    await this.#inTime(mark.granted);
    return { token, turn };
  }

  #wish(name: string): HeldLock {
    const { driver, isOver } = this.#surroundings.session;
    if (isOver) throw failures.sessionLost('it ended while a claim was staked');
    const lock = new HeldLock(name, () => {
      this.#isLost = true;
      this.#lost();
    });
    this.#locks.set(lock, driver.add(lock));
    return lock;
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { scheduler, session } = this.#surroundings;
    const late = () => failures.unreachable(`no claim could be staked in ${session.limit} ms`);
    return within(scheduler, session.limit, work, late);
  }
}
