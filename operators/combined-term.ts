import { defer, Subject, throwError, type Observable, type ObservableInput } from 'rxjs';
import type { Term } from '../lib/term.js';
import { termOver } from '../lib/trouble.js';
import { isAbort, isPromiseLike, Workload } from '../lib/work.js';

/**
 * Two terms as one: it ends when the first of them does, and its work keeps both keys. More than two
 * are a combined term of a term and a combined term.
 */
export class CombinedTerm implements Term {
  readonly key: string;
  readonly id: string;
  /** Of the first: each resource is fenced by the token of its own election, see `termsOf`. */
  readonly token: bigint;
  /** What it is made of, in order. */
  readonly terms: readonly Term[];
  readonly signal: AbortSignal;
  readonly #parts: readonly [Term, Term];
  readonly #controller = new AbortController();
  readonly #workload: Workload;
  /** Held up while there is work, which keeps both keys. */
  #idle$: Subject<never> | undefined;
  #resigning = false;

  constructor(first: Term, second: Term) {
    this.#parts = [first, second];
    this.terms = this.#parts.flatMap(termsOf);
    this.key = `${first.key} + ${second.key}`;
    this.id = first.id;
    this.token = first.token;
    this.signal = this.#controller.signal;
    this.#workload = new Workload({
      hasEnded: () => this.signal.aborted || this.#resigning,
      idle: () => {
        const idle$ = this.#idle$;
        this.#idle$ = undefined;
        idle$?.complete();
      },
      failed: (error) => {
        if (!(this.signal.aborted && isAbort(error, this.signal.reason))) this.resign(error);
      },
    });
    for (const { signal } of this.#parts) {
      const end = () => {
        this.#controller.abort(signal.reason);
      };
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true, signal: this.signal });
    }
  }

  isMadeOf(first: Term, second: Term): boolean {
    return this.#parts[0] === first && this.#parts[1] === second;
  }

  isValid(): boolean {
    return this.#parts.every((part) => part.isValid());
  }

  remaining(): number {
    return Math.min(...this.#parts.map((part) => part.remaining()));
  }

  waitUntil<T>(work: ObservableInput<T>): Observable<T> {
    if (isPromiseLike(work)) {
      if (this.isValid()) return this.#holding(this.#workload.promise(work));
      work.then(undefined, () => undefined); // nobody waits for it: not the process's affair
      return throwError(() => this.#refusal());
    }
    const observed$ = this.#workload.observable(work);
    return defer(() => {
      if (!this.isValid()) return throwError(() => this.#refusal());
      return this.#holding(observed$);
    });
  }

  /** Ends the first part, without which the others are given back. */
  resign(...error: [error?: unknown]): void {
    this.#resigning = true;
    this.#parts[0].resign(...error);
  }

  toJSON() {
    const terms = this.terms.map((term) => term.toJSON());
    return { key: this.key, id: this.id, token: this.token.toString(), terms };
  }

  /** Its candidate does not lead all elections any more, and no signal has said so. */
  end(): void {
    if (this.signal.aborted) return;
    this.#controller.abort(termOver(this.key, this.token, 'one of its elections is not led'));
  }

  /** Keeps both keys until no work is left. A part that does not wait any longer cuts the work. */
  #holding<T>(work$: Observable<T>): Observable<T> {
    if (this.#idle$ !== undefined) return work$;
    const idle$ = new Subject<never>();
    this.#idle$ = idle$;
    const cut = () => {
      if (this.#idle$ === idle$) this.#workload.cut();
    };
    for (const part of this.#parts) part.waitUntil(idle$).subscribe({ error: cut, complete: cut });
    return work$;
  }

  #refusal() {
    return termOver(this.key, this.token, 'one of its terms is over');
  }
}

/**
 * The terms that a term is made of: those of its elections for one of {@link allLeading}, each with
 * the token for what that election guards; itself for any other.
 */
export function termsOf(term: Term): readonly Term[] {
  return term instanceof CombinedTerm ? term.terms : [term];
}
