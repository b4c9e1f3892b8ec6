import { EMPTY, from, take, type Subscriber, type Subscription } from 'rxjs';
import { ActiveTerm, type TermHost } from './active-term.js';
import {
  dueAt,
  initialState,
  isFinished,
  isStaked,
  memoryOf,
  type CampaignEvent,
  type CampaignState,
  type LeaseReading,
  type Memory,
} from './campaign-state.js';
import { reached } from './clock.js';
import type { ClaimState, Lease, LeadershipStore, LeaseState, Settlement } from './contract.js';
import type { Leadership } from './leadership.js';
import { nextState } from './next-state.js';
import type { CampaignRules } from './options.js';
import { isNews, sameLeadership, shown } from './show.js';
import { onSighting, sighted } from './sightings.js';

const look = { type: 'look' } as const;

/** The present claim. Its term learns how it was given back, also when a newer one stands. */
interface Claim {
  readonly stake: number;
  term: ActiveTerm | undefined;
  lock: Subscription | undefined;
}

/**
 * One life of a campaign: from its first subscriber until all is given back. Events wait in one
 * queue, the pure `nextState` makes states of them, and each state is carried out in one order: the
 * term, the audience, the claim, the timer. So nobody sees an older state after a newer one,
 * however re-entrant a subscriber is.
 *
 * This is the one file of glue. A campaign *owns* its subscription to `lock`, and is no link of the
 * chain that its users hold: RxJS tears down upstream first, and so would release the key before
 * the work has stopped. And it is plain code, where operators would do (`scan`, `connect`,
 * `switchMap`): said with them, an idle election took 34 kB of heap, and takes 8 so.
 */
export class CampaignRun implements TermHost {
  readonly store: LeadershipStore;
  readonly rules: CampaignRules;
  readonly #remember: (memory: Memory) => void;
  readonly #audience: Subscriber<Leadership>;
  readonly #queue: CampaignEvent[] = [];
  #busy = false;
  #state: CampaignState;
  #shown: Leadership = { elected: false, state: 'joining' };
  #term: ActiveTerm | undefined;
  #lease: Lease | undefined;
  #leaseState: LeaseState = 'live';
  #leaseWatch: Subscription | undefined;
  #claim: Claim | undefined;
  #alarm: Subscription | undefined;
  #due = Infinity;
  #until: Subscription | undefined;

  constructor(
    store: LeadershipStore,
    rules: CampaignRules,
    memory: Memory,
    remember: (memory: Memory) => void,
    audience: Subscriber<Leadership>,
  ) {
    this.store = store;
    this.rules = rules;
    this.#state = initialState(memory);
    this.#remember = remember;
    this.#audience = audience;
    audience.next(this.#shown);
  }

  start(): void {
    const stop = () => {
      this.leave();
    };
    const fail = (error: unknown) => {
      this.#audience.error(error);
      this.leave();
    };
    const until$ = from(this.rules.until ?? EMPTY).pipe(take(1));
    this.#until = until$.subscribe({ next: stop, error: fail });
    this.send({ type: 'start' });
  }

  /** Looks at the clock, in case no timer could run. */
  look(): void {
    this.send(look);
  }

  /** Leaves the race in order; goes on by itself until all is given back. */
  leave(): void {
    this.send({ type: 'stop' });
  }

  send(event: CampaignEvent): void {
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#handle(next);
      }
    } finally {
      this.#busy = false;
    }
  }

  /** What the campaign takes off a lease beyond the store's margin. */
  extraMargin(lease: Lease): number {
    return Math.max(0, this.rules.timing.margin - lease.margin);
  }

  #handle(event: CampaignEvent): void {
    const before = this.#state;
    const now = this.store.clock.now();
    const state = this.#next(event, now);
    const starting = event.type === 'start'; // there may be a rest to go on with
    if (state === before && !starting) return;
    this.#state = state;
    this.#remember(memoryOf(state));
    this.#carryTerm(state);
    if (starting || isNews(before.phase, state.phase)) this.#tell(state, now);
    this.#carryClaim(state);
    this.#setAlarm(dueAt(state));
    if (isFinished(state)) this.#finish();
  }

  /** An error of the user's own `retry.giveUp` or `retry.random` is an error notification. */
  #next(event: CampaignEvent, now: number): CampaignState {
    try {
      return nextState(this.rules, this.#state, event, this.#reading(), now);
    } catch (error) {
      return { ...this.#state, phase: { name: 'failed', error } };
    }
  }

  /** The lease at this moment, the campaign's larger margin taken off. */
  #reading(): LeaseReading | undefined {
    const lease = this.#lease;
    if (lease === undefined) return undefined;
    const margin = Math.max(lease.margin, this.rules.timing.margin);
    const validUntil = lease.validUntil() - this.extraMargin(lease);
    return { ttl: lease.ttl, gap: lease.gap, margin, validUntil, state: this.#leaseState };
  }

  /** The term ends before anybody is told of anything newer. */
  #carryTerm({ phase }: CampaignState): void {
    if (phase.name === 'leading') {
      if (this.#term === undefined) this.#begin(phase.token);
    } else if (phase.name === 'draining') {
      if (!phase.ours) this.#term?.unprotect();
      this.#term?.end(phase.reason);
    } else if (this.#term !== undefined) {
      this.#term.finish();
      this.#term = undefined;
      this.#leaseWatch?.unsubscribe();
    }
  }

  #begin(token: bigint): void {
    if (this.#lease === undefined || this.#claim === undefined) return;
    this.#term = new ActiveTerm(this, this.#lease, token);
    this.#claim.term = this.#term;
    this.#watchLease(this.#lease, token);
  }

  #tell(state: CampaignState, now: number): void {
    if (state.phase.name === 'failed') {
      this.#audience.error(state.phase.error);
      return;
    }
    const next = shown(state, this.#term, now);
    if (sameLeadership(this.#shown, next)) return;
    this.#shown = next;
    this.#audience.next(next);
  }

  /** Stakes, keeps or gives up a claim, as the state asks. */
  #carryClaim(state: CampaignState): void {
    const stake = isStaked(state) ? state.stake : undefined;
    if (stake === this.#claim?.stake) return;
    this.#claim?.lock?.unsubscribe();
    this.#lease = undefined;
    this.#claim = undefined;
    if (stake === undefined) return;
    const claim: Claim = { stake, term: undefined, lock: undefined };
    this.#claim = claim;
    claim.lock = this.#lock(claim);
  }

  #lock(claim: Claim): Subscription | undefined {
    const { key, id, data, ttl } = this.rules;
    const { stake } = claim;
    const settled = (outcome: Settlement) => {
      claim.term?.settle(outcome);
      this.send({ type: 'settled', outcome });
    };
    const failed = (error: unknown) => {
      this.send({ type: 'claim-failed', stake, error });
    };
    try {
      return this.store.lock(key, { id, data, ttl, settled }).subscribe({
        next: (state) => {
          this.#hear(state, stake);
        },
        error: failed,
      });
    } catch (error) {
      settled({ outcome: 'released' }); // without a subscription, nothing will be told
      failed(error);
      return undefined;
    }
  }

  #hear(claim: ClaimState, stake: number): void {
    switch (claim.status) {
      case 'waiting':
        this.send({ type: 'waiting', stake, ahead: claim.ahead });
        return;
      case 'held':
        this.#lease = claim.lease;
        this.#leaseState = 'live';
        this.send({ type: 'held', stake, token: claim.token });
        return;
      case 'leaving':
        this.send({ type: 'leaving' });
    }
  }

  /** What the lease says, and what others see leading, for as long as there is a term. */
  #watchLease(lease: Lease, token: bigint): void {
    const { store, rules } = this;
    const look = () => {
      this.look();
    };
    const watch = lease.state$.subscribe({
      next: (state) => {
        this.#leaseState = state;
        look();
      },
      error: look,
    });
    const before = rules.drain + this.extraMargin(lease);
    watch.add(lease.runsOut(before).subscribe({ next: look, error: look }));
    watch.add(
      onSighting(store, rules.key, (seen) => {
        if (seen > token) this.send({ type: 'superseded', token: seen });
      }),
    );
    this.#leaseWatch = watch;
    sighted(store, rules.key, token);
  }

  #setAlarm(due: number): void {
    if (due === this.#due) return;
    this.#due = due;
    this.#alarm?.unsubscribe();
    this.#alarm = undefined;
    if (due === Infinity) return;
    const { clock, scheduler } = this.store;
    const look = () => {
      this.look();
    };
    this.#alarm = reached(() => due, clock, scheduler).subscribe({ next: look, error: look });
  }

  #finish(): void {
    this.#until?.unsubscribe();
    this.#audience.complete();
  }
}
