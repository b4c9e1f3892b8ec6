import {
  asapScheduler,
  AsyncSubject,
  defer,
  throwError,
  type Observable,
  type ObservableInput,
} from 'rxjs';
import type { CampaignEvent } from './campaign-state.js';
import type { LeadershipStore, Lease, Settlement } from './contract.js';
import type { CampaignRules } from './options.js';
import type { Term } from './term.js';
import { termOver } from './trouble.js';
import { isAbort, isPromiseLike, Workload } from './work.js';

/** What a term needs of the campaign that leads it. */
export interface TermHost {
  readonly store: Pick<LeadershipStore, 'clock'>;
  readonly rules: Pick<CampaignRules, 'key' | 'id' | 'drain'>;
  /** Whether the campaign is about to end the term, though it has not come to it yet. */
  readonly leaving: boolean;
  /** What the campaign takes off a lease beyond the store's margin. */
  extraMargin(lease: Lease): number;
  send(event: Extract<CampaignEvent, { type: 'resign' | 'idle' }>): void;
}

/**
 * A term as its campaign leads it. The campaign calls `end` (the signal), `finish` (the drain is
 * over, the key is about to be released) and `settle` (the store has told), in this order; before
 * them `unprotect` when the claim was lost.
 */
export class ActiveTerm implements Term {
  readonly token: bigint;
  readonly #host: TermHost;
  readonly #lease: Lease;
  #controller: AbortController | undefined;
  #workload: Workload | undefined;
  #settled$: AsyncSubject<Settlement> | undefined;
  #ended: string | undefined;
  #resigning = false;
  #protected = true;
  #over = false;

  constructor(host: TermHost, lease: Lease, token: bigint) {
    this.#host = host;
    this.#lease = lease;
    this.token = token;
  }

  get key(): string {
    return this.#host.rules.key;
  }

  get id(): string {
    return this.#host.rules.id;
  }

  /** Made when somebody asks: most idle elections need none. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended !== undefined) this.#abort(this.#controller, this.#ended);
    }
    return this.#controller.signal;
  }

  isValid(): boolean {
    return this.remaining() > 0;
  }

  remaining(): number {
    if (!this.#protected) return 0;
    return Math.max(0, this.#validUntil() - this.#host.store.clock.now());
  }

  /** Whether new work may start: not ended, and more than the drain left. */
  admitsWork(): boolean {
    return this.#ended === undefined && this.remaining() > this.#host.rules.drain;
  }

  waitUntil<T>(work: ObservableInput<T>): Observable<T> {
    if (isPromiseLike(work)) {
      if (!this.#refuses()) return this.#work().promise(work);
      work.then(undefined, () => undefined); // nobody waits for it: not the process's affair
      return throwError(() => this.#refusal());
    }
    const observed = this.#work().observable(work);
    return defer(() => (this.#refuses() ? throwError(() => this.#refusal()) : observed));
  }

  resign(...given: [error?: unknown]): void {
    this.#resigning = true;
    const failure = given.length === 0 ? undefined : { error: given[0] }; // may be thrown undefined
    this.#host.send({ type: 'resign', token: this.token, failure });
  }

  toJSON() {
    return { key: this.key, id: this.id, token: this.token.toString() };
  }

  /** Gives the signal. From the next microtask on, a term without work is reported idle. */
  end(why: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    if (this.#controller !== undefined) this.#abort(this.#controller, why);
    this.#reportWhenIdle();
  }

  /** From now on `isValid()` is false, whatever the lease says. */
  unprotect(): void {
    this.#protected = false;
  }

  /** The end of the drain. */
  finish(): void {
    this.unprotect();
    this.#over = true;
    this.#workload?.cut();
  }

  /** How its claim was given back. */
  get settled$(): Observable<Settlement> {
    return (this.#settled$ ??= new AsyncSubject<Settlement>());
  }

  settle(outcome: Settlement): void {
    this.#settled$ ??= new AsyncSubject<Settlement>();
    this.#settled$.next(outcome);
    this.#settled$.complete();
  }

  #validUntil(): number {
    return this.#lease.validUntil() - this.#host.extraMargin(this.#lease);
  }

  /** Over, or about to be: nobody could look at the clock yet, but its lease has run out. */
  #refuses(): boolean {
    return this.#over || (this.#ended === undefined && !this.isValid());
  }

  #refusal() {
    return termOver(this.key, this.token, this.#ended ?? 'its lease ran out');
  }

  /** Work that ends by its signal has not failed: it did what it was asked. */
  #wasAborted(error: unknown): boolean {
    return this.#ended !== undefined && isAbort(error, this.#controller?.signal.reason);
  }

  #abort(controller: AbortController, why: string): void {
    controller.abort(termOver(this.key, this.token, why));
  }

  #work(): Workload {
    this.#workload ??= new Workload({
      hasEnded: () => this.#ended !== undefined || this.#resigning || this.#host.leaving,
      idle: () => {
        this.#reportWhenIdle();
      },
      failed: (error) => {
        if (this.#wasAborted(error)) return;
        this.#host.send({ type: 'resign', token: this.token, failure: { error } });
      },
    });
    return this.#workload;
  }

  /**
   * In a microtask, never at once: `idle` releases the key, and whoever tears a subscription down
   * gets its downstream torn down after its upstream.
   */
  #reportWhenIdle(): void {
    if (this.#ended === undefined) return;
    asapScheduler.schedule(() => {
      if (!this.#over && (this.#workload?.pending ?? 0) === 0) {
        this.#host.send({ type: 'idle' });
      }
    });
  }
}

/** Whether new work may start in a term that a campaign made; a user's own always says yes. */
export function admitsWork(term: Term): boolean {
  return !(term instanceof ActiveTerm) || term.admitsWork();
}
