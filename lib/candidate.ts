/// <reference lib="esnext.disposable" preserve="true" />
import {
  BehaviorSubject,
  concat,
  catchError,
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  from,
  map,
  merge,
  of,
  Subject,
  switchMap,
  take,
  throwError,
  type Observable,
} from 'rxjs';
import { ActiveTerm } from './active-term.js';
import { campaign } from './campaign.js';
import type { LeadershipStore, Settlement } from './contract.js';
import { LeadershipError } from './errors.js';
import { normalKey } from './key.js';
import type { Leadership } from './leadership.js';
import type { CampaignOptions } from './options.js';
import type { Term } from './term.js';

/** What a {@link Candidate} may be told besides key and id. */
export type CandidateOptions = Omit<CampaignOptions, 'key' | 'id' | 'linger'>;

/**
 * The imperative face of a campaign: `start()` alone runs it and holds it until `stop()`.
 *
 * @example
 * const candidate = new Candidate(store, 'service/jobs/leader', 'underwood');
 * candidate.elected$.subscribe((elected) => (elected ? begin() : end()));
 * candidate.start();
 * await candidate.stop();
 */
export interface Candidate extends AsyncDisposable {
  /** The election, in its normal form. */
  readonly key: string;
  /** This candidate, as followers see it. */
  readonly id: string;
  /**
   * Each change of {@link Leadership}. Observes and never starts anything: before `start()` it
   * waits. Completes when the candidate has stopped.
   */
  readonly leadership$: Observable<Leadership>;
  /** Whether this candidate leads: `false` first, then each change, `false` last. */
  readonly elected$: Observable<boolean>;
  /** Whether this candidate leads now, by the clock; `false` before `start()` and after `stop()`. */
  readonly isLeader: boolean;
  /** The term that this candidate leads, if it leads. */
  readonly term: Term | undefined;
  /** Runs for election until `stop()`. No effect while it runs; while it stops, it starts after. */
  start(): this;
  /**
   * Ends the term and goes to the back of the queue. Resolves with how the claim was given back:
   * `released`, or `abandoned` to its ttl with the error of a store that does not answer. Never
   * rejects.
   *
   * @throws LeadershipError `not-leading` at the call, when this candidate does not lead.
   */
  resign(): Promise<Settlement>;
  /**
   * Leaves the race in order, in whatever state. Resolves when the claim is given back (or left to
   * its ttl by a store that does not answer: then the last state of `leadership$` has an `error`);
   * never rejects. Harmless when called again.
   */
  stop(): Promise<void>;
}

class RunningCandidate implements Candidate {
  readonly key: string;
  readonly id: string;
  readonly leadership$: Observable<Leadership>;
  readonly elected$: Observable<boolean>;
  readonly #stop$ = new Subject<void>();
  readonly #running$ = new BehaviorSubject(false);
  readonly #campaign$: Observable<Leadership>;
  #present: Leadership | undefined;
  #running = false;
  #leaving = false;
  /** `start()` was called while the last life was still giving its claim back. */
  #again = false;
  #stopped: Promise<void> = Promise.resolve();
  #tellStopped: () => void = () => undefined;

  constructor(store: LeadershipStore, key: string, id: string, options: CandidateOptions = {}) {
    this.key = normalKey(key);
    this.id = id;
    const until = merge(
      this.#stop$,
      defer(() => from(options.until ?? EMPTY)),
    );
    this.#campaign$ = campaign(store, { ...options, key, id, until });
    this.leadership$ = this.#running$.pipe(
      filter((running) => running),
      take(1),
      switchMap(() => this.#campaign$),
    );
    const last$ = (error: unknown) =>
      concat(
        of(false),
        throwError(() => error),
      );
    const elected$ = this.leadership$.pipe(
      map(({ elected }) => elected),
      catchError(last$),
    );
    this.elected$ = concat(of(false), elected$, of(false)).pipe(distinctUntilChanged());
  }

  get isLeader(): boolean {
    return this.term?.isValid() ?? false;
  }

  get term(): Term | undefined {
    return this.#present?.elected === true ? this.#present.term : undefined;
  }

  /** Its own subscription comes first: it notes each state before anybody else is told. */
  start(): this {
    this.#again = this.#leaving;
    if (this.#running) return this;
    this.#running = true;
    this.#stopped = new Promise((resolve) => (this.#tellStopped = resolve));
    const ended = () => {
      this.#ended();
    };
    this.#campaign$.subscribe({
      next: (leadership) => (this.#present = leadership),
      error: ended, // told to whoever observes `leadership$`
      complete: ended,
    });
    this.#running$.next(this.#running);
    return this;
  }

  resign(): Promise<Settlement> {
    const { term } = this;
    if (!(term instanceof ActiveTerm && term.isValid())) {
      throw new LeadershipError(
        'not-leading',
        `${this.id} does not lead ${this.key}: look at isLeader before, or use stop() to leave`,
      );
    }
    const settled = new Promise<Settlement>((resolve) => {
      term.settled$.subscribe({ next: resolve, error: resolve });
    });
    term.resign();
    return settled;
  }

  stop(): Promise<void> {
    const stopped = this.#stopped;
    this.#again = false;
    this.#leaving = this.#running;
    this.#stop$.next();
    return stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #ended(): void {
    this.#present = undefined;
    this.#leaving = false;
    this.#running = false;
    this.#running$.next(false);
    this.#tellStopped();
    if (this.#again) this.start();
  }
}

/**
 * Makes a {@link Candidate}. An interface and a constructor rather than a class: `#private` members
 * would make the types of the ESM and the CommonJS build incompatible.
 *
 * @throws LeadershipError `invalid-option`
 */
export const Candidate: new (
  store: LeadershipStore,
  key: string,
  id: string,
  options?: CandidateOptions,
) => Candidate = RunningCandidate;
