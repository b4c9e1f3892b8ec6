import { defer, type Subscription } from 'rxjs';
import { isLeadershipError } from '../../lib/index.js';
import type {
  ClaimRequest,
  ClaimState,
  LeadershipError,
  LeadershipStore,
  Lease,
  Settlement,
} from '../../lib/index.js';
import { ExpectationFailed, expectThat, print } from '../assert.js';
import { eventually } from './eventually.js';

export interface Held {
  readonly token: bigint;
  readonly lease: Lease;
}

/** One subscription to `lock`, and all that was told to it. */
export class Stake {
  readonly id: string;
  readonly states: ClaimState[] = [];
  readonly settlements: Settlement[] = [];
  /** When, on the store's clock, it was told that the key is its own. */
  heldAt: number | undefined;
  error: unknown;
  #subscription: Subscription | undefined;
  #inACall = true;
  #accepted = false;
  #settledInside = false;
  readonly #soon: number;
  readonly #name: string;

  constructor(store: LeadershipStore, key: string, request: ClaimRequest, soon: number) {
    this.id = request.id;
    this.#soon = soon;
    this.#name = `claim of ${JSON.stringify(request.id)} on ${key}`;
    const settled = (outcome: Settlement) => {
      this.settlements.push(outcome);
      this.#settledInside ||= this.#inACall;
    };
    const lock$ = defer(() => {
      const claim$ = store.lock(key, { ...request, settled });
      this.#accepted = true; // else it threw at the call, and there is nothing to settle
      return claim$;
    });
    this.#subscription = lock$.subscribe({
      next: (state) => {
        this.states.push(state);
        if (state.status === 'held') this.heldAt = store.clock.now();
      },
      error: (error: unknown) => {
        this.error = error;
      },
      complete: () => {
        this.error = new ExpectationFailed('a lock must not complete');
      },
    });
    this.#inACall = false;
  }

  /** Whether the key was given to it and neither left nor lost. */
  get holds(): boolean {
    const left = this.#subscription === undefined || this.error !== undefined;
    return !left && this.heldAt !== undefined;
  }

  /** Gives the claim up. */
  leave(): void {
    this.#inACall = true;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#inACall = false;
  }

  /** Gives the claim up and waits until that is settled. */
  async left(within = this.#soon): Promise<Settlement> {
    this.leave();
    return this.isSettled(within);
  }

  async isHeld(within = this.#soon): Promise<Held> {
    const held = await this.#sees('held', within);
    return held as Held & ClaimState;
  }

  async isWaiting(within = this.#soon): Promise<ClaimState> {
    return this.#sees('waiting', within);
  }

  async isAskedToLeave(within = this.#soon): Promise<ClaimState> {
    return this.#sees('leaving', within);
  }

  /** Errors, and with an error of this package. */
  async isLost(within = this.#soon): Promise<LeadershipError> {
    const error = await this.#eventually('an error', within, () => this.error);
    expectThat(isLeadershipError(error), `${this.#name}: ${String(error)} is not typed`);
    return error;
  }

  async isSettled(within = this.#soon): Promise<Settlement> {
    return this.#eventually('settled', within, () => this.settlements[0]);
  }

  /** What holds in the end, however it came to it. */
  async isInOrder(): Promise<void> {
    if (this.#accepted) await this.isSettled();
    expectThat(this.settlements.length <= 1, `${this.#name}: settled twice`);
    expectThat(!this.#settledInside, `${this.#name}: settled inside subscribe or unsubscribe`);
    const held = this.states.filter(({ status }) => status === 'held');
    expectThat(held.length <= 1, `${this.#name}: held twice`);
  }

  async #sees(status: ClaimState['status'], within: number): Promise<ClaimState> {
    return this.#eventually(status, within, () => {
      if (this.error !== undefined) throw this.#failed(status);
      return this.states.find((state) => state.status === status);
    });
  }

  #failed(instead: string): ExpectationFailed {
    const message = `${this.#name}: ${String(this.error)}, instead of ${instead}`;
    return new ExpectationFailed(message, { cause: this.error });
  }

  #eventually<T>(what: string, within: number, look: () => T | undefined): Promise<T> {
    const seen = () =>
      `it was told ${print(this.states.map(({ status }) => status))}, ` +
      `error ${print(this.error)}, settled ${print(this.settlements)}`;
    return eventually(`${this.#name}: ${what}`, within, look, seen);
  }
}
