import type { SchedulerLike, Subscription } from 'rxjs';

/** Runs `work` once, `delay` milliseconds from now. Unsubscribe to cancel. */
export function after(scheduler: SchedulerLike, delay: number, work: () => void): Subscription {
  return scheduler.schedule(() => work(), Math.max(0, Math.ceil(delay)));
}

export function pause(scheduler: SchedulerLike, delay: number): Promise<void> {
  return new Promise((resolve) => after(scheduler, delay, resolve));
}

/** The outcome of `work`, or the error that `late` makes when it is not there in time. */
export function within<T>(
  scheduler: SchedulerLike,
  limit: number,
  work: Promise<T>,
  late: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = after(scheduler, limit, () => reject(late()));
    work.then(resolve, reject).finally(() => timer.unsubscribe());
  });
}

/** Delays that double, from 50 to 500 milliseconds: short, as a lease may depend on the next try. */
export class Backoff {
  #delay = 50;

  next(): number {
    const delay = this.#delay;
    this.#delay = Math.min(500, delay * 2);
    return delay;
  }

  reset(): void {
    this.#delay = 50;
  }
}
