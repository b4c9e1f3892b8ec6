import { take, type Subscription } from 'rxjs';
import type { ActiveTerm } from './active-term.js';
import type { CampaignEvent } from './campaign-state.js';
import type { ClaimState, Lease, LeadershipStore, LeaseState, Settlement } from './contract.js';
import type { CampaignRules } from './options.js';
import { ended } from './trouble.js';

/**
 * One claim of a campaign: its subscription to `lock`, and what came of it. Its term learns how it
 * was given back, also when a newer claim stands.
 */
export class StakedClaim {
  readonly stake: number;
  term: ActiveTerm | undefined;
  lease: Lease | undefined;
  leaseState: LeaseState = 'live';
  failed = false;
  readonly #send: (event: CampaignEvent) => void;
  #settled = false;
  #lock: Subscription | undefined;

  constructor(stake: number, send: (event: CampaignEvent) => void) {
    this.stake = stake;
    this.#send = send;
  }

  open(store: LeadershipStore, { key, id, data, ttl }: CampaignRules): void {
    const settled = (outcome: Settlement) => {
      this.#settle(outcome);
    };
    const failed = (error: unknown) => {
      this.#fail(error);
    };
    try {
      this.#lock = store.lock(key, { id, data, ttl, settled }).subscribe({
        next: (state) => {
          this.#hear(state);
        },
        error: failed,
        complete: () => {
          failed(ended());
        },
      });
    } catch (error) {
      settled({ outcome: 'released' }); // without a subscription, nothing will be told
      failed(error);
    }
  }

  giveUp(): void {
    this.#lock?.unsubscribe();
  }

  #hear(state: ClaimState): void {
    const { stake } = this;
    switch (state.status) {
      case 'waiting':
        this.#send({ type: 'waiting', stake, ahead: state.ahead });
        return;
      case 'held':
        if (this.lease !== undefined) return; // a claim gives at most one term
        this.lease = state.lease;
        this.leaseState = stateOf(state.lease);
        this.#send({ type: 'held', stake, token: state.token });
        return;
      case 'leaving':
        this.#send({ type: 'leaving' });
    }
  }

  #fail(error: unknown): void {
    this.failed = true;
    this.term?.unprotect(); // at once, whatever the queue of the campaign is busy with
    this.#send({ type: 'claim-failed', stake: this.stake, error });
  }

  #settle(outcome: Settlement): void {
    if (this.#settled) return;
    this.#settled = true;
    this.term?.settle(outcome);
    this.#send({ type: 'settled', outcome });
  }
}

/** The present state of a lease, which it tells at once. */
function stateOf(lease: Lease): LeaseState {
  let present: LeaseState = 'live';
  const note = (state: LeaseState) => {
    present = state;
  };
  lease.state$
    .pipe(take(1))
    .subscribe({ next: note, error: () => undefined })
    .unsubscribe();
  return present;
}
