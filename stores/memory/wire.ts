import { asapScheduler, type SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../../lib/clock.js';

/**
 * Runs `work` after `delay` milliseconds. For 0: once the present task is done, in real time
 * without a timer, in virtual time within the same frame.
 */
export function later(scheduler: SchedulerLike, delay: number, work: () => void): void {
  const real = delay === 0 && scheduler === monotonicScheduler;
  (real ? asapScheduler : scheduler).schedule(() => work(), delay);
}

/**
 * One direction of a connection. What is sent arrives in the order in which it was sent, later and
 * never within the call that sends it; or not at all, when the wire is cut.
 */
export class Wire {
  readonly #scheduler: SchedulerLike;
  readonly #latency: () => number;
  #inFlight: (() => void)[] = [];
  #kept: (() => void)[] = [];
  #holders = 0;
  #cut = false;

  constructor(scheduler: SchedulerLike, latency: () => number) {
    this.#scheduler = scheduler;
    this.#latency = latency;
  }

  send(arrive: () => void): void {
    if (this.#cut) return;
    this.#inFlight.push(arrive);
    // Each timer delivers the oldest message, not its own: so timers of uneven length, as a
    // monotonic clock makes them, cannot change the order.
    later(this.#scheduler, this.#latency(), () => this.#deliver(this.#inFlight.shift()));
  }

  /** Keeps what arrives until the result is called, which then delivers it in order. */
  hold(): () => void {
    this.#holders += 1;
    let holding = true;
    return () => {
      if (!holding) return;
      holding = false;
      this.#holders -= 1;
      while (this.#holders === 0 && this.#kept.length > 0) this.#kept.shift()?.();
    };
  }

  /** Loses everything that is under way, and everything that is sent until `heal`. */
  cut(): void {
    this.#cut = true;
    this.#kept = [];
    this.#inFlight = this.#inFlight.map(() => () => undefined);
  }

  heal(): void {
    this.#cut = false;
  }

  #deliver(message: (() => void) | undefined): void {
    if (this.#holders > 0 && message !== undefined) this.#kept.push(message);
    else message?.();
  }
}
