import {
  AsyncSubject,
  defer,
  from,
  merge,
  Observable,
  Subject,
  takeUntil,
  type ObservableInput,
} from 'rxjs';

/** What a {@link Workload} asks of its term. */
export interface WorkHost {
  /** Whether the signal has been given. */
  hasEnded(): boolean;
  /** No work is left. */
  idle(): void;
  /** Work failed, and nobody listens (any more). */
  failed(error: unknown): void;
}

/** The work that a term waits for before its key is released. */
export class Workload {
  readonly #host: WorkHost;
  #pending = 0;
  #cut$: Subject<void> | undefined;

  constructor(host: WorkHost) {
    this.#host = host;
  }

  get pending(): number {
    return this.#pending;
  }

  /** Counts from now on; a promise cannot be cut, only waited for no longer. */
  promise<T>(work: PromiseLike<T>): Observable<T> {
    this.#pending += 1;
    const outcome$ = new AsyncSubject<T>();
    work.then(
      (value) => {
        outcome$.next(value);
        outcome$.complete();
        this.#done();
      },
      (error: unknown) => {
        const heard = outcome$.observed;
        outcome$.error(error);
        if (!heard) this.#host.failed(error);
        this.#done();
      },
    );
    return outcome$.asObservable();
  }

  /** Counts from subscription on. After the signal, unsubscribing no longer cancels it. */
  observable<T>(work: ObservableInput<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
      this.#pending += 1;
      this.#cut$ ??= new Subject<void>();
      const cancelled$ = new Subject<void>();
      subscriber.add(() => {
        if (!this.#host.hasEnded()) cancelled$.next();
      });
      defer(() => from(work)) // what is no input is an error notification
        .pipe(takeUntil(merge(this.#cut$, cancelled$)))
        .subscribe({
          next: (value) => {
            subscriber.next(value);
          },
          error: (error: unknown) => {
            if (subscriber.closed) this.#host.failed(error);
            else subscriber.error(error);
          },
          complete: () => {
            subscriber.complete();
          },
        })
        .add(() => {
          this.#done();
        });
    });
  }

  /** The end of the drain: work that can be cut is cut. */
  cut(): void {
    this.#cut$?.next();
  }

  #done(): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#host.idle();
  }
}

/** Whether work ended by the signal, whose reason this is: it did what it was asked. */
export function isAbort(error: unknown, reason: unknown): boolean {
  return error === reason || (error instanceof Error && error.name === 'AbortError');
}

/** Whether work is a promise: it cannot be cancelled. */
export function isPromiseLike<T>(work: ObservableInput<T>): work is PromiseLike<T> {
  return typeof (work as Partial<PromiseLike<T>> | undefined)?.then === 'function';
}
