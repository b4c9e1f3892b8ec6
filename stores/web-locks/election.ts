import type { SchedulerLike, Subscription } from 'rxjs';
import type { Contender } from '../../lib/contract.js';
import { after, within } from '../shared/timers.js';
import { lockManager } from './browser.js';
import type { Changes } from './changes.js';
import { failures, translate } from './failures.js';
import { electionLocks, type ElectionLocks } from './names.js';

/** The longest time that a browser takes to answer a question: it does not leave the machine. */
export const answerLimit = 5_000;

/** A claim, and the lock that its page holds as long as it has that claim. */
export interface ClaimSeen {
  readonly contender: Contender;
  readonly lock: string;
}

/** One election, as a page sees it. */
export class WebLocksElection {
  readonly key: string;
  readonly locks: ElectionLocks;
  readonly #changes: Changes;
  readonly #scheduler: SchedulerLike;
  readonly #lookEvery: number;

  constructor(
    place: { readonly store: string; readonly key: string },
    changes: Changes,
    scheduler: SchedulerLike,
    lookEvery: number,
  ) {
    this.key = place.key;
    this.locks = electionLocks(place.store, place.key);
    this.#changes = changes;
    this.#scheduler = scheduler;
    this.#lookEvery = lookEvery;
  }

  announce(): void {
    this.#changes.announce(this.key);
  }

  /** Every claim that is held, the first one first. */
  async queue(): Promise<readonly ClaimSeen[]> {
    const held = await heldLocks(this.#scheduler);
    return held
      .flatMap((lock) => {
        const contender = this.locks.read(lock);
        return contender === undefined ? [] : { contender, lock };
      })
      .sort((one, other) => (one.contender.token < other.contender.token ? -1 : 1));
  }

  /**
   * Calls `look` now, when something has changed, and now and then; never twice at a time. Call the
   * result to stop.
   */
  keepLooking(look: () => Promise<void>): { readonly look: () => void; readonly stop: () => void } {
    let looking = false;
    let again = false;
    let stopped = false;
    let later: Subscription | undefined;
    const once = (): void => {
      again = looking;
      if (looking || stopped) return;
      looking = true;
      later?.unsubscribe();
      void look().finally(() => {
        looking = false;
        if (stopped) return;
        if (again) once();
        else later = after(this.#scheduler, this.#lookEvery, once);
      });
    };
    const stopListening = this.#changes.listen(this.key, once);
    queueMicrotask(once); // whoever asks has to know the result first
    return {
      look: once,
      stop: () => {
        stopped = true;
        later?.unsubscribe();
        stopListening();
      },
    };
  }
}

/** The names of the locks of this site that somebody has for himself. */
export async function heldLocks(scheduler: SchedulerLike): Promise<readonly string[]> {
  const late = () => failures.unreachable(`the browser has not answered in ${answerLimit} ms`);
  try {
    const { held = [] } = await within(scheduler, answerLimit, lockManager().query(), late);
    // In shared mode only those hold one who have waited for its end.
    return held.flatMap(({ name, mode }) => (mode === 'exclusive' && name) || []);
  } catch (error) {
    throw translate('ask for the locks', error);
  }
}
