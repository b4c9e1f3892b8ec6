/// <reference lib="esnext.disposable" preserve="true" />
import {
  defer,
  distinctUntilChanged,
  map,
  ReplaySubject,
  tap,
  type Observable,
  type Subscription,
} from 'rxjs';
import type { LeaderRecord, LeadershipStore } from './contract.js';
import { follow, type FollowOptions, type LeaderView } from './follow.js';
import { normalKey } from './key.js';

/**
 * The imperative face of `follow`: from its first use until `stop()` it knows who leads.
 *
 * @example
 * const follower = new Follower(store, 'service/jobs/leader');
 * follower.leader$.subscribe((leader) => console.log(leader?.id ?? 'nobody'));
 * follower.stop();
 */
export interface Follower extends Disposable {
  /** The election, in its normal form. */
  readonly key: string;
  /** Each {@link LeaderView}; a late subscriber gets the present one. Completes at `stop()`. */
  readonly view$: Observable<LeaderView>;
  /** Each leader, `undefined` while vacant. Completes at `stop()`. */
  readonly leader$: Observable<LeaderRecord | undefined>;
  /** Who leads, as last seen; `undefined` while vacant, not known yet, or after `stop()`. */
  readonly leader: LeaderRecord | undefined;
  /** Stops following, quietly and for good. Harmless when called again. */
  stop(): void;
}

class WatchingFollower implements Follower {
  readonly key: string;
  readonly view$: Observable<LeaderView>;
  readonly leader$: Observable<LeaderRecord | undefined>;
  readonly #follow$: Observable<LeaderView>;
  readonly #seen$ = new ReplaySubject<LeaderView>(1);
  #following: Subscription | undefined;
  #stopped = false;
  #leader: LeaderRecord | undefined;

  constructor(store: LeadershipStore, key: string, options: FollowOptions = {}) {
    this.key = normalKey(key);
    const note = (view?: LeaderView) => {
      this.#leader = view?.leader;
    };
    const forget = () => {
      note();
    };
    this.#follow$ = follow(store, key, options).pipe(
      tap<LeaderView>({ next: note, error: forget, complete: forget }),
    );
    this.view$ = defer(() => {
      this.#begin();
      return this.#seen$;
    });
    this.leader$ = this.view$.pipe(
      map(({ leader }) => leader),
      distinctUntilChanged((before, now) => before?.token === now?.token),
    );
  }

  get leader(): LeaderRecord | undefined {
    this.#begin();
    return this.#leader;
  }

  stop(): void {
    this.#stopped = true;
    this.#following?.unsubscribe();
    this.#leader = undefined;
    this.#seen$.complete();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #begin(): void {
    if (this.#stopped) return;
    this.#following ??= this.#follow$.subscribe(this.#seen$);
  }
}

/**
 * Makes a {@link Follower}; an interface and a constructor for the same reason as `Candidate`.
 *
 * @throws LeadershipError `invalid-option`
 */
export const Follower: new (
  store: LeadershipStore,
  key: string,
  options?: FollowOptions,
) => Follower = WatchingFollower;
