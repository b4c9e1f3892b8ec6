import {
  EMPTY,
  filter,
  interval,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  ReplaySubject,
  startWith,
  Subject,
  Subscription,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs';
import type { SchedulerLike } from 'rxjs';
import { momentOf, type Clock } from '../../lib/clock.js';
import type { LeaseTiming, Settlement } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { SessionLease } from '../../lib/lease.js';
import { effect } from './effect.js';
import type { Link } from './link.js';
import { later } from './wire.js';

/** What all sessions of a store share. */
export interface SessionContext {
  readonly link: Link;
  readonly clock: Clock;
  readonly scheduler: SchedulerLike;
}

/** One claim, from its subscription on. `sent`: the server may know of it. */
export interface Claim {
  readonly key: string;
  readonly nonce: string;
  sent: boolean;
}

const released: Settlement = { outcome: 'released' };
const abandoned = (why: string): Settlement => ({
  outcome: 'abandoned',
  error: new LeadershipError('store-unreachable', why),
});

/**
 * What the server keeps alive for this store: one per ttl, shared by all claims. Opened for the
 * first claim, ended when the last one is given back. Dead for good once its deadline has passed.
 */
export class Session {
  readonly id: string;
  readonly timing: LeaseTiming;
  /** Emits once, when the server has granted the lease. */
  readonly opened$: Observable<SessionLease>;
  /** Emits once, why the session is over. */
  readonly over$: Observable<LeadershipError>;
  /** Emits once, after `over$`: whether the server has confirmed that no trace is left. */
  readonly finished$: Observable<Settlement>;
  readonly #opened$ = new ReplaySubject<SessionLease>(1);
  readonly #over$ = new ReplaySubject<LeadershipError>(1);
  readonly #finished$ = new ReplaySubject<Settlement>(1);
  readonly #context: SessionContext;
  readonly #retry: number;
  readonly #books = new Map<string, number>();
  readonly #booksChanged$ = new Subject<void>();
  readonly #inUse$ = new Subject<void>();
  readonly #life = new Subscription();
  #claims = 0;
  #owed = 0;
  #lease: SessionLease | undefined;
  #isOver = false;

  constructor(id: string, timing: LeaseTiming, context: SessionContext) {
    this.opened$ = this.#opened$.asObservable();
    this.over$ = this.#over$.asObservable();
    this.finished$ = this.#finished$.asObservable();
    this.id = id;
    this.timing = timing;
    this.#context = context;
    this.#retry = timing.ttl / 8;
    const life$ = this.#open().pipe(switchMap((lease) => this.#keep(lease)));
    this.#life.add(effect(life$, (why) => this.end(why, 'perhaps there')));
    const lost = () =>
      this.end(new LeadershipError('data-lost', 'the server lost its data'), 'gone');
    this.#life.add(effect(context.link.dataLost$, lost));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Until when claims of this session may be served, as known now. */
  get validUntil(): number {
    return this.#lease?.validUntil() ?? this.#context.clock.now() + this.timing.ttl;
  }

  /** Counts a claim as a user of this session, until `giveBack`. */
  claim(key: string, nonce: string): Claim {
    this.#claims += 1;
    if (this.#claims === 1) this.#inUse$.next();
    return { key, nonce, sent: false };
  }

  /** Emits once, as soon as no claim of `key` is on the books. */
  clear(key: string): Observable<void> {
    return this.#booksChanged$.pipe(
      startWith(undefined),
      filter(() => !this.#books.has(key)),
      take(1),
    );
  }

  /**
   * Gives a claim back, from the next task on: then whoever worked under it has been torn down
   * too. It stays on the books until the server has answered or the session is over.
   */
  giveBack(claim: Claim, settled: (outcome: Settlement) => void): void {
    const { link, scheduler } = this.#context;
    this.#claims -= 1;
    this.#owe(claim.key, 1);
    later(scheduler, 0, () => {
      const answered$ = claim.sent
        ? link.ask('release', (world) => world.release(claim.nonce), this.#retry)
        : of(undefined);
      const closed$ = merge(answered$.pipe(map(() => released)), this.finished$).pipe(take(1));
      const outcome$ = new ReplaySubject<Settlement>(1);
      const late$ = timer(this.timing.ttl, scheduler).pipe(
        map(() => abandoned(`the release of "${claim.key}" was not answered within the ttl`)),
      );
      effect(merge(outcome$, late$).pipe(take(1)), settled);
      effect(closed$, (outcome) => {
        outcome$.next(outcome);
        this.#owe(claim.key, -1);
      });
    });
  }

  /** The server has said that the session is gone. */
  lost(): void {
    this.end(new LeadershipError('session-lost', 'the server has ended the session'), 'gone');
  }

  /**
   * The session is over for all its claims, which are told why. Unless it is gone at the server
   * already, the server is asked to end it, so that others need not wait for its ttl.
   */
  end(why: LeadershipError, atServer: 'gone' | 'perhaps there'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#life.unsubscribe();
    this.#lease?.end();
    this.#over$.next(why);
    const { link, scheduler } = this.#context;
    const ended$ =
      atServer === 'gone'
        ? of(undefined)
        : link.ask('end', (world) => world.end(this.id), this.#retry);
    // What no answer is had to now is the server's to end: it has had no renewal since.
    const late$ = timer(this.timing.ttl / 4, scheduler).pipe(
      map(() => abandoned('the end of the session was not answered')),
    );
    merge(ended$.pipe(map(() => released)), late$)
      .pipe(take(1))
      .subscribe(this.#finished$);
  }

  /** Asks for the session until it is granted with time left. */
  #open(): Observable<SessionLease> {
    const { link, clock, scheduler } = this.#context;
    const attempt = () => {
      const sent = momentOf(clock);
      return link
        .request('session', (world) => world.open(this.id, this.timing.ttl, link))
        .pipe(
          map(() => new SessionLease(this.timing, sent, clock, scheduler)),
          filter((lease) => lease.isLive()),
        );
    };
    return merge(interval(this.#retry, scheduler), link.reconnected$).pipe(
      startWith(undefined),
      mergeMap(attempt),
      take(1),
      tap((lease) => {
        this.#lease = lease;
        this.#opened$.next(lease);
      }),
    );
  }

  /** Renews, and emits why this came to its end. */
  #keep(lease: SessionLease): Observable<LeadershipError> {
    const { link, scheduler } = this.#context;
    const every = this.timing.ttl / 4;
    const expired$ = lease
      .runsOut(0)
      .pipe(map(() => new LeadershipError('lease-expired', 'no renewal was acknowledged in time')));
    const renewals$ = merge(interval(every, scheduler), link.reconnected$, this.#inUse$).pipe(
      filter(() => this.#claims > 0), // a session that only releases need may run out
      mergeMap(() => this.#renew(lease, every / 2)),
    );
    return merge(expired$, renewals$);
  }

  #renew(lease: SessionLease, patience: number): Observable<never> {
    const { link, clock, scheduler } = this.#context;
    const sent = momentOf(clock);
    const answer$ = link
      .request('renewal', (world) => world.touch(this.id))
      .pipe(
        tap((known) => {
          if (known)
            lease.acknowledged(sent); // too late: the lease has ended, see `expired$`
          else this.lost();
        }),
      );
    const unanswered$ = timer(patience, scheduler).pipe(
      tap(() => lease.doubt()),
      mergeMap(() => NEVER),
    );
    return merge(answer$, unanswered$).pipe(
      take(1),
      mergeMap(() => EMPTY),
    );
  }

  #owe(key: string, change: 1 | -1): void {
    const owed = (this.#books.get(key) ?? 0) + change;
    this.#owed += change;
    if (owed > 0) this.#books.set(key, owed);
    else this.#books.delete(key);
    if (change < 0) this.#booksChanged$.next();
    if (this.#claims === 0 && this.#owed === 0)
      this.end(
        new LeadershipError('session-lost', 'nobody uses the session any more'),
        'perhaps there',
      );
  }
}
