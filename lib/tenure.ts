import { distinctUntilChanged, EMPTY, map, merge, switchMap, tap, type Observable } from 'rxjs';
import { ActiveTerm } from './active-term.js';
import type { CampaignEvent, CampaignState, LeaseReading } from './campaign-state.js';
import type { Lease, LeadershipStore, LeaseState, Settlement } from './contract.js';
import type { CampaignRules } from './options.js';
import { sighted, sightings } from './sightings.js';

const look = { type: 'look' } as const;

/** What a campaign holds: the lease of its present claim, and the term that it leads by it. */
export class Tenure {
  readonly #store: LeadershipStore;
  readonly #rules: CampaignRules;
  readonly #send: (event: CampaignEvent) => void;
  /** By stake, until the store has told how the claim was given back. */
  readonly #terms = new Map<number, ActiveTerm>();
  #term: ActiveTerm | undefined;
  #lease: Lease | undefined;
  #leaseState: LeaseState = 'live';

  constructor(store: LeadershipStore, rules: CampaignRules, send: (event: CampaignEvent) => void) {
    this.#store = store;
    this.#rules = rules;
    this.#send = send;
  }

  get term(): ActiveTerm | undefined {
    return this.#term;
  }

  /** The store gave the key, under this lease. */
  holds(lease: Lease): void {
    this.#lease = lease;
    this.#leaseState = 'live';
  }

  /** The lease at this moment, with the campaign's larger margin taken off. */
  reading(): LeaseReading | undefined {
    if (this.#lease === undefined) return undefined;
    const { ttl, gap } = this.#lease;
    const validUntil = this.#lease.validUntil() - this.#extraMargin(this.#lease);
    const margin = Math.max(this.#lease.margin, this.#rules.timing.margin);
    return { ttl, gap, margin, validUntil, state: this.#leaseState };
  }

  /** Brings the term into the state's order: it ends before anybody is told of anything newer. */
  follow({ phase, stake }: CampaignState): void {
    switch (phase.name) {
      case 'leading':
        if (this.#term === undefined) this.#begin(phase.token, stake);
        return;
      case 'draining':
        if (!phase.ours) this.#term?.unprotect();
        this.#term?.end(phase.reason);
        return;
      default:
        this.#term?.finish();
        this.#term = undefined;
    }
  }

  /** What the lease says, and what others see leading, for as long as there is a term. */
  events(state$: Observable<CampaignState>): Observable<CampaignEvent> {
    return state$.pipe(
      map(() => this.#term),
      distinctUntilChanged(),
      switchMap((term) => (term === undefined ? EMPTY : this.#eventsOf(term))),
    );
  }

  settle(stake: number, outcome: Settlement): void {
    this.#terms.get(stake)?.settle(outcome);
    this.#terms.delete(stake);
  }

  #begin(token: bigint, stake: number): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    const { key, id, drain } = this.#rules;
    this.#term = new ActiveTerm({
      key,
      id,
      token,
      lease,
      drain,
      clock: this.#store.clock,
      extraMargin: this.#extraMargin(lease),
      resign: (failure) => {
        this.#send({ type: 'resign', token, failure });
      },
      idle: () => {
        this.#send({ type: 'idle' });
      },
    });
    this.#terms.set(stake, this.#term);
  }

  #extraMargin(lease: Lease): number {
    return Math.max(0, this.#rules.timing.margin - lease.margin);
  }

  #eventsOf({ key, token }: ActiveTerm): Observable<CampaignEvent> {
    const lease = this.#lease;
    if (lease === undefined) return EMPTY;
    sighted(this.#store, key, token);
    const state$ = lease.state$.pipe(tap((state) => (this.#leaseState = state)));
    const runsOut$ = lease.runsOut(this.#rules.drain + this.#extraMargin(lease));
    return merge(
      merge(state$, runsOut$).pipe(map(() => look)),
      sightings(this.#store, key).pipe(
        map((seen) => ({ type: 'superseded', token: seen }) as const),
      ),
    );
  }
}
