import type { Observer, Subscription } from 'rxjs';
import type { ActiveTerm } from './active-term.js';
import type { CampaignEvent } from './campaign-state.js';
import type { ClaimState, Lease, LeadershipStore, LeaseState, Settlement } from './contract.js';
import type { CampaignRules } from './options.js';
import { ended, teardownFailed } from './trouble.js';

/** The campaign that a claim is staked for. */
export interface ClaimHost {
  readonly store: LeadershipStore;
  readonly rules: CampaignRules;
  send(event: CampaignEvent): void;
}

/**
 * One claim of a campaign: it listens to `lock`, and keeps what came of it. Its term learns how it
 * was given back, also when a newer claim stands. (Its own observer, since there is one for each
 * idle election.)
 */
export class StakedClaim implements Observer<ClaimState> {
  readonly stake: number;
  term: ActiveTerm | undefined;
  lease: Lease | undefined;
  leaseState: LeaseState = 'live';
  /**
   * When the lease ends at the latest, since it said so: that is said once, and read again a moment
   * later it may seem to last a little longer (two clocks are read one after the other).
   */
  lastsUntil = Infinity;
  failed = false;
  readonly #host: ClaimHost;
  #settled = false;
  #lock: Subscription | undefined;

  constructor(host: ClaimHost, stake: number) {
    this.#host = host;
    this.stake = stake;
  }

  open(): void {
    const { store, rules } = this.#host;
    const { key, id, data, ttl } = rules;
    const settled = (outcome: Settlement) => {
      this.#settle(outcome);
    };
    try {
      this.#lock = store.lock(key, { id, data, ttl, settled }).subscribe(this);
    } catch (error) {
      settled({ outcome: 'released' }); // without a subscription, nothing will be told
      this.error(error);
    }
  }

  giveUp(): void {
    try {
      this.#lock?.unsubscribe();
    } catch (error) {
      this.#settle({ outcome: 'abandoned', error: teardownFailed(error) }); // it may tell no more
    }
  }

  next(state: ClaimState): void {
    const { stake } = this;
    switch (state.status) {
      case 'waiting':
        this.#host.send({ type: 'waiting', stake, ahead: state.ahead });
        return;
      case 'held':
        if (this.lease !== undefined) return; // a claim gives at most one term
        this.lease = state.lease;
        this.leaseState = stateOf(state.lease);
        this.#host.send({ type: 'held', stake, token: state.token });
        return;
      case 'leaving':
        this.#host.send({ type: 'leaving' });
    }
  }

  error(error: unknown): void {
    this.failed = true;
    this.term?.unprotect(); // at once, whatever the queue of the campaign is busy with
    this.#host.send({ type: 'claim-failed', stake: this.stake, error });
  }

  complete(): void {
    this.error(ended());
  }

  #settle(outcome: Settlement): void {
    if (this.#settled) return;
    this.#settled = true;
    this.term?.settle(outcome);
    this.#host.send({ type: 'settled', outcome });
  }
}

/** The present state of a lease, which it tells at once. */
function stateOf(lease: Lease): LeaseState {
  let present: LeaseState = 'live';
  const note = (state: LeaseState) => {
    present = state;
  };
  lease.state$.subscribe({ next: note, error: () => undefined }).unsubscribe();
  return present;
}
