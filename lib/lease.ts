import {
  filter,
  map,
  merge,
  ReplaySubject,
  share,
  take,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import { momentOf, reached, type Clock, type Moment } from './clock.js';
import type { Lease, LeaseState, LeaseTiming } from './contract.js';

/**
 * How long a session is certain, for the stores: they tell what they sent and what was
 * acknowledged, this counts.
 *
 * A lease counts from the moment that the last acknowledged renewal was *sent* (Gray and Cheriton,
 * "Leases", 1989: the holder's term starts before the grantor's), never from the answer. What is
 * acknowledged after the deadline revives nothing.
 */
export class SessionLease implements Lease {
  readonly ttl: number;
  readonly margin: number;
  readonly gap: number;
  readonly state$: Observable<LeaseState>;
  readonly #clock: Clock;
  readonly #scheduler: SchedulerLike;
  readonly #state$ = new ReplaySubject<LeaseState>(1);
  readonly #runsOut = new Map<number, Observable<undefined>>();
  #sent: Moment;
  #gone = false;
  #state: LeaseState = 'live';

  /** `sent`: when the request left that the store answered by granting `timing.ttl`. */
  constructor(timing: LeaseTiming, sent: Moment, clock: Clock, scheduler: SchedulerLike) {
    ({ ttl: this.ttl, margin: this.margin, gap: this.gap } = timing);
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#sent = sent;
    this.state$ = this.#state$.asObservable();
    this.#state$.next('live');
  }

  get state(): LeaseState {
    return this.#state;
  }

  validUntil(): number {
    if (this.#gone) return -Infinity;
    const { now, sinceBoot } = this.#sent;
    const deadline = now + this.ttl - this.margin;
    if (sinceBoot === undefined) return deadline;
    const present = momentOf(this.#clock);
    const slept = Math.max(0, (present.sinceBoot ?? sinceBoot) - sinceBoot - (present.now - now));
    return deadline - slept;
  }

  isLive(): boolean {
    return this.#clock.now() < this.validUntil();
  }

  runsOut(before: number): Observable<undefined> {
    const known = this.#runsOut.get(before);
    if (known !== undefined) return known;
    const over$ = this.#state$.pipe(filter((state) => state === 'over'));
    const moment = () => this.validUntil() - before;
    const shared = merge(reached(moment, this.#clock, this.#scheduler), over$).pipe(
      take(1),
      map(() => undefined),
      share(),
    );
    this.#runsOut.set(before, shared);
    return shared;
  }

  /**
   * The store acknowledged a renewal that left at `sent`. Returns whether the lease still stands:
   * an acknowledgement that comes after the deadline ends it instead.
   */
  acknowledged(sent: Moment): boolean {
    if (this.#state === 'over') return false;
    if (!this.isLive()) {
      this.end();
      return false;
    }
    if (sent.now > this.#sent.now) this.#sent = sent;
    this.#tell('live');
    return true;
  }

  /** A renewal was not answered in time. */
  doubt(): void {
    if (this.#state === 'live') this.#tell('suspended');
  }

  /** The session is over: its deadline passed, the store said so, or its owner gave it up. */
  end(): void {
    if (this.#state === 'over') return;
    this.#gone = this.isLive(); // ended before its time
    this.#tell('over');
    this.#state$.complete();
  }

  #tell(state: LeaseState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#state$.next(state);
  }
}
