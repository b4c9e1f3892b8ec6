import {
  asapScheduler,
  from,
  take,
  type ObservableInput,
  type Subscriber,
  type Subscription,
} from 'rxjs';
import { ActiveTerm, type TermHost } from './active-term.js';
import {
  dueAt,
  initialState,
  isFinished,
  isStaked,
  type CampaignEvent,
  type CampaignState,
  type LeaseReading,
  type Memory,
} from './campaign-state.js';
import type { Lease, LeadershipStore } from './contract.js';
import type { Leadership } from './leadership.js';
import { nextState } from './next-state.js';
import type { CampaignRules } from './options.js';
import { isNews, sameLeadership, shown } from './show.js';
import { onSighting, sighted } from './sightings.js';
import { StakedClaim, type ClaimHost } from './staked-claim.js';
import { longestDuration } from './timing.js';

const look = { type: 'look' } as const;

/**
 * One life of a campaign: from its first subscriber until all is given back. Events wait in one
 * queue, the pure `nextState` makes states of them, and each state is carried out in one order: the
 * term, the audience, the claim, the timer. So nobody sees an older state after a newer one,
 * however re-entrant a subscriber is.
 *
 * This is the one file of glue. A campaign *owns* its subscription to `lock`, and is no link of the
 * chain that its users hold: RxJS tears down upstream first, and so would release the key before
 * the work has stopped. And it is plain code, where operators would do (`scan`, `connect`,
 * `switchMap`): said with them, an idle election took 34 kB of heap, and takes 7 so.
 */
export class CampaignRun implements TermHost, ClaimHost {
  readonly store: LeadershipStore;
  readonly rules: CampaignRules;
  readonly #remember: (state: CampaignState) => void;
  readonly #audience: Subscriber<Leadership>;
  /** Only while there is something in it: most campaigns are idle. */
  #queue: CampaignEvent[] | undefined;
  #busy = false;
  #state: CampaignState;
  #shown: Leadership = { elected: false, state: 'joining' };
  #term: ActiveTerm | undefined;
  #leaseWatch: Subscription | undefined;
  #claim: StakedClaim | undefined;
  #alarm: Subscription | undefined;
  #due = Infinity;
  #until: Subscription | undefined;
  #leaving = false;
  /** Of `until`: told when all is given back. */
  #error: { readonly error: unknown } | undefined;

  constructor(
    store: LeadershipStore,
    rules: CampaignRules,
    memory: Memory,
    remember: (state: CampaignState) => void,
    audience: Subscriber<Leadership>,
  ) {
    this.store = store;
    this.rules = rules;
    this.#state = initialState(memory);
    this.#remember = remember;
    this.#audience = audience;
  }

  /** Whether the campaign is about to leave the race, though the queue may not have come to it. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** Tells `joining` first; what `until` or a subscriber says meanwhile waits in the queue. */
  start(): void {
    this.#busy = true;
    if (this.rules.until !== undefined) this.#until = this.#stopAt(this.rules.until);
    this.#audience.next(this.#shown);
    this.#busy = false;
    if (this.#audience.closed) this.leave();
    else this.send({ type: 'start' });
  }

  #stopAt(until: ObservableInput<unknown>): Subscription {
    return from(until)
      .pipe(take(1))
      .subscribe({
        next: () => {
          this.leave();
        },
        error: (error: unknown) => {
          this.#error = { error };
          this.leave();
        },
      });
  }

  /** Looks at the clock, in case no timer could run. */
  look(): void {
    this.send(look);
  }

  /** Leaves the race in order; goes on by itself until all is given back. */
  leave(): void {
    this.#leaving = true;
    this.send({ type: 'stop' });
  }

  send(event: CampaignEvent): void {
    (this.#queue ??= []).push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#handle(next);
      }
      this.#queue = undefined;
    } finally {
      this.#busy = false;
    }
  }

  /** What the campaign takes off a lease beyond the store's margin. */
  extraMargin(lease: Lease): number {
    return Math.max(0, this.rules.timing.margin - lease.margin);
  }

  #handle(event: CampaignEvent): void {
    // What a claim said before it failed is not true any more.
    if (event.type === 'held' && this.#claim?.failed === true) return;
    const before = this.#state;
    const now = this.store.clock.now();
    const state = this.#next(event, now);
    const starting = event.type === 'start'; // there may be a rest to go on with
    if (state === before && !starting) return;
    this.#state = state;
    this.#remember(state);
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
    const { lease, leaseState } = this.#claim ?? {};
    if (lease === undefined || leaseState === undefined) return undefined;
    const margin = Math.max(lease.margin, this.rules.timing.margin);
    const lastsUntil = Math.min(lease.validUntil(), this.#claim?.lastsUntil ?? Infinity);
    const validUntil = lastsUntil - this.extraMargin(lease);
    return { ttl: lease.ttl, gap: lease.gap, margin, validUntil, state: leaseState };
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
    const claim = this.#claim;
    if (claim?.lease === undefined) return;
    claim.term = this.#term = new ActiveTerm(this, claim.lease, token);
    this.#watchLease(claim, claim.lease, token);
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
    const before = this.#claim;
    if (stake === before?.stake) return;
    this.#claim = stake === undefined ? undefined : new StakedClaim(this, stake);
    before?.giveUp();
    this.#claim?.open();
  }

  /** What the lease says, and what others see leading, for as long as there is a term. */
  #watchLease(claim: StakedClaim, lease: Lease, token: bigint): void {
    const { store, rules } = this;
    const look = () => {
      this.look();
    };
    // Tells the present state at once, and so looks at a lease that changed since it was given.
    const watch = lease.state$.subscribe({
      next: (state) => {
        claim.leaseState = state;
        look();
      },
      error: look,
    });
    const before = rules.drain + this.extraMargin(lease);
    const ranOut = () => {
      claim.lastsUntil = store.clock.now() + before;
      look();
    };
    watch.add(lease.runsOut(before).subscribe({ next: ranOut, error: ranOut }));
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
    const left = Math.min(Math.ceil(due - clock.now()), longestDuration);
    const ring = () => {
      this.#due = Infinity; // the next state may be due at the same moment
      if (clock.now() < due)
        this.#setAlarm(due); // a timer may be early, or have been cut to the longest
      else this.send({ type: 'due' });
    };
    // Never at once: the release that follows must not go out inside somebody's teardown.
    this.#alarm = left <= 0 ? asapScheduler.schedule(ring) : scheduler.schedule(ring, left);
  }

  #finish(): void {
    this.#until?.unsubscribe();
    if (this.#error === undefined) this.#audience.complete();
    else this.#audience.error(this.#error.error);
  }
}
