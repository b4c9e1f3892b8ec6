/// <reference lib="esnext.disposable" preserve="true" />
import {
  BehaviorSubject,
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  firstValueFrom,
  from,
  map,
  merge,
  of,
  Subject,
  switchMap,
  take,
  type Observable,
} from 'rxjs';
import { ActiveTerm } from './active-term.js';
import { campaign } from './campaign.js';
import type { LeadershipStore } from './contract.js';
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
  /** Runs for election until `stop()`. No effect while it runs. */
  start(): this;
  /**
   * Ends the term and goes to the back of the queue. Resolves when the key is given back (or left
   * to its ttl by a store that does not answer); never rejects.
   *
   * @throws LeadershipError `not-leading` at the call, when this candidate does not lead.
   */
  resign(): Promise<void>;
  /**
   * Leaves the race in order, in whatever state. Resolves when the claim is given back (or left to
   * its ttl by a store that does not answer); never rejects. Harmless when called again.
   */
  stop(): Promise<void>;
}

class RunningCandidate implements Candidate {
  readonly key: string;
  readonly id: string;
  readonly leadership$: Observable<Leadership>;
  readonly elected$: Observable<boolean>;
  readonly #campaign$: Observable<Leadership>;
  readonly #stop$ = new Subject<void>();
  readonly #running$ = new BehaviorSubject(false);
  #present: Leadership | undefined;
  #stopped: Promise<void> = Promise.resolve();

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
    const elected$ = this.leadership$.pipe(map(({ elected }) => elected));
    this.elected$ = concat(of(false), elected$, of(false)).pipe(distinctUntilChanged());
  }

  get isLeader(): boolean {
    return this.term?.isValid() ?? false;
  }

  get term(): Term | undefined {
    return this.#present?.elected === true ? this.#present.term : undefined;
  }

  start(): this {
    if (this.#running$.value) return this;
    this.#stopped = new Promise((resolve) => {
      const ended = () => {
        this.#present = undefined;
        if (this.#running$.value) this.#running$.next(false);
        resolve();
      };
      this.#running$.next(true);
      this.#campaign$.subscribe({
        next: (leadership) => (this.#present = leadership),
        error: ended, // told to whoever observes `leadership$`
        complete: ended,
      });
    });
    return this;
  }

  resign(): Promise<void> {
    const { term } = this;
    if (!(term instanceof ActiveTerm && term.isValid())) {
      throw new LeadershipError(
        'not-leading',
        `${this.id} does not lead ${this.key}: look at isLeader before, or use stop() to leave`,
      );
    }
    const settled = firstValueFrom(term.settled$.pipe(map(() => undefined)), {
      defaultValue: undefined,
    });
    term.resign();
    return settled;
  }

  stop(): Promise<void> {
    this.#stop$.next();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
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
