import type { SchedulerAction, SchedulerLike } from 'rxjs';

/**
 * The scheduler of one process among others: while it is paused, as by SIGSTOP, its timers do not
 * run and time goes on. Afterwards whatever was due runs at once.
 */
export class PausableScheduler implements SchedulerLike {
  readonly #scheduler: SchedulerLike;
  #due: (() => void)[] | undefined;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  now(): number {
    return this.#scheduler.now();
  }

  schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay?: number,
    state?: T,
  ): ReturnType<SchedulerLike['schedule']> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the work has a `this` of its own
    const scheduler = this;
    const whenAwake = function (this: SchedulerAction<T>, given?: T): void {
      if (scheduler.#due === undefined) work.call(this, given);
      else
        scheduler.#due.push(() => {
          if (!this.closed) work.call(this, given);
        });
    };
    return this.#scheduler.schedule(whenAwake, delay, state);
  }

  pause(): void {
    this.#due ??= [];
  }

  resume(): void {
    const due = this.#due ?? [];
    this.#due = undefined;
    for (const run of due) run();
  }
}
