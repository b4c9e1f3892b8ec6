import {
  concat,
  defer,
  distinctUntilChanged,
  filter,
  finalize,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  repeat,
  ReplaySubject,
  scan,
  share,
  startWith,
  switchMap,
  take,
  takeUntil,
  throwError,
} from 'rxjs';
import { reached } from '../../lib/clock.js';
import type { Contender, KeyState } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { effect } from './effect.js';
import type { SessionContext } from './session.js';

export interface WatchContext extends SessionContext {
  readonly staleAfter: number;
  /** Emits when the store has been closed, to latecomers too. */
  readonly closed$: Observable<void>;
}

/** What is known of an election. `queue` is `undefined` before the first contact. */
interface View {
  readonly queue: readonly Contender[] | undefined;
  readonly stale: boolean;
}

/** The watches of one store: one per key, however many watch. */
export class Watches {
  readonly #context: WatchContext;
  readonly #contact$: Observable<boolean>;
  readonly #views = new Map<string, Observable<View>>();

  constructor(context: WatchContext) {
    this.#context = context;
    this.#contact$ = contact(context);
  }

  /** Who leads, each change, and whether that is fresh. */
  leader(key: string): Observable<KeyState> {
    return this.#view(key).pipe(
      map(({ queue, stale }) => ({ leader: queue?.[0], stale })),
      distinctUntilChanged(
        (before, now) => before.stale === now.stale && isSame(before.leader, now.leader),
      ),
    );
  }

  /** Everyone in the queue, and each change. */
  contenders(key: string): Observable<readonly Contender[]> {
    return this.#view(key).pipe(
      map(({ queue }) => queue),
      filter((queue) => queue !== undefined),
      distinctUntilChanged(
        (before, now) =>
          before.length === now.length && before.every((one, place) => isSame(one, now[place])),
      ),
    );
  }

  #view(key: string): Observable<View> {
    return defer(() => {
      const known = this.#views.get(key);
      if (known !== undefined) return known;
      const view$ = view(this.#context, this.#contact$, key).pipe(
        finalize(() => this.#views.delete(key)),
        share({ connector: () => new ReplaySubject(1) }),
      );
      this.#views.set(key, view$);
      return view$;
    }).pipe(takeUntil(this.#context.closed$));
  }
}

/** One watch at the server: read at first, after each reconnection and when contact is back. */
function view(
  { link, staleAfter }: WatchContext,
  contact$: Observable<boolean>,
  key: string,
): Observable<View> {
  const back$ = contact$.pipe(filter((contact) => contact));
  const lost$ = contact$.pipe(filter((contact) => !contact));
  const read$ = merge(link.reconnected$, back$).pipe(
    switchMap(() => link.ask('read', (world) => world.watch(key, link), staleAfter / 2)),
  );
  const dataLost$ = link.dataLost$.pipe(mergeMap(() => throwError(() => dataLost(key))));
  return merge(dataLost$, merge(link.queue(key), read$), lost$.pipe(map(() => undefined))).pipe(
    scan(
      (before: View, queue): View => {
        return queue === undefined ? { ...before, stale: true } : { queue, stale: false };
      },
      { queue: undefined, stale: true },
    ),
    finalize(() => effect(link.request('read', (world) => world.unwatch(key, link)))),
  );
}

/**
 * Whether the server was heard of within `staleAfter`: `true` at first, then each change. A quiet
 * connection proves nothing, so contact is asked for when half of the time has passed.
 */
function contact({ link, clock, scheduler, staleAfter }: WatchContext): Observable<boolean> {
  return defer(() => {
    const start = clock.now();
    const last = () => Math.max(start, link.lastContact);
    const asks$ = interval(staleAfter / 4, scheduler).pipe(
      filter(() => clock.now() - last() >= staleAfter / 2),
      mergeMap(() => link.request('read', () => undefined)),
      mergeMap(() => []),
    );
    const lost$ = reached(() => last() + staleAfter, clock, scheduler).pipe(map(() => false));
    const back$ = link.contact$.pipe(
      take(1),
      map(() => true),
    );
    return merge(asks$, concat(lost$, back$).pipe(repeat(), startWith(true)));
  }).pipe(share({ connector: () => new ReplaySubject(1) }));
}

function isSame(one: Contender | undefined, other: Contender | undefined): boolean {
  return one?.token === other?.token && one?.id === other?.id && one?.data === other?.data;
}

function dataLost(key: string): LeadershipError {
  const message = `the server has lost its data: tokens of "${key}" may start anew`;
  return new LeadershipError('data-lost', message);
}
