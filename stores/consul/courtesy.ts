import type { SchedulerLike } from 'rxjs';

/** For so long whoever comes back after a release lets others go first. */
const forOneThatComesBack = 100;
/** The same for one that has waited in this process all the time. */
const forOneThatWaits = 20;

/**
 * Consul has no queue: whoever asks first gets the key, and that would always be the process that
 * has just given it up, since it knows first. So it lets the others go first.
 */
export class Courtesy {
  readonly #scheduler: SchedulerLike;
  readonly #releases = new Map<string, number>();

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** This process has just given the key up. */
  released(key: string): void {
    const now = this.#scheduler.now();
    for (const [old, at] of this.#releases) {
      if (now - at < forOneThatComesBack) break;
      this.#releases.delete(old);
    }
    this.#releases.delete(key); // the newest are last
    this.#releases.set(key, now);
  }

  /** How long a claim still lets others go first that was made at `since`. */
  left(key: string, since: number): number {
    const at = this.#releases.get(key);
    if (at === undefined) return 0;
    const courtesy = since < at ? forOneThatWaits : forOneThatComesBack;
    return Math.max(0, at + courtesy - this.#scheduler.now());
  }
}
