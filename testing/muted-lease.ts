import {
  BehaviorSubject,
  combineLatest,
  defer,
  distinctUntilChanged,
  filter,
  map,
  merge,
  take,
  takeWhile,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import { reached, type Clock } from '../lib/clock.js';
import type { Lease, LeaseState } from '../lib/index.js';

/**
 * A lease whose acknowledgements may get lost on the last stretch. Never longer than the lease that
 * it is made of; over for good when its time has passed meanwhile.
 */
export class MutedLease implements Lease {
  readonly ttl: number;
  readonly margin: number;
  readonly gap: number;
  readonly state$: Observable<LeaseState>;
  readonly #lease: Lease;
  readonly #clock: Clock;
  readonly #scheduler: SchedulerLike;
  readonly #muted$ = new BehaviorSubject(false);
  /** Until when it was certain when the acknowledgements began to be lost. */
  #last: number | undefined;

  constructor(lease: Lease, clock: Clock, scheduler: SchedulerLike) {
    ({ ttl: this.ttl, margin: this.margin, gap: this.gap } = lease);
    this.#lease = lease;
    this.#clock = clock;
    this.#scheduler = scheduler;
    const known$ = combineLatest([lease.state$, this.#muted$]).pipe(
      map(([state, muted]) => (state === 'live' && muted ? 'suspended' : state)),
    );
    const over$ = defer(() => this.runsOut(0)).pipe(map(() => 'over' as const));
    this.state$ = merge(known$, over$).pipe(
      distinctUntilChanged(),
      takeWhile((state) => state !== 'over', true),
    );
  }

  validUntil(): number {
    return Math.min(this.#last ?? Infinity, this.#lease.validUntil());
  }

  runsOut(before: number): Observable<undefined> {
    const over$ = this.#lease.state$.pipe(filter((state) => state === 'over'));
    const moment = () => this.validUntil() - before;
    return merge(reached(moment, this.#clock, this.#scheduler), over$).pipe(
      take(1),
      map(() => undefined),
    );
  }

  /** From now on no acknowledgement arrives. */
  mute(): void {
    this.#last = this.#lease.validUntil();
    this.#muted$.next(true);
  }

  /** They arrive again, which revives nothing that is over. */
  unmute(): void {
    if (this.#clock.now() >= this.validUntil()) return;
    this.#last = undefined;
    this.#muted$.next(false);
  }
}
