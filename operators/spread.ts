import {
  asapScheduler,
  BehaviorSubject,
  defer,
  dematerialize,
  distinctUntilChanged,
  filter,
  finalize,
  map,
  materialize,
  of,
  subscribeOn,
  switchMap,
  tap,
  type Observable,
} from 'rxjs';
import type { Leadership } from '../lib/leadership.js';
import { checkCount } from './checks.js';

/**
 * Leads at most `max` of many elections, so that their work spreads over the processes.
 *
 *     elections[0]  --w--A-------------i--      w waiting, A and B terms, i interrupted
 *     elections[1]  --w---!            --B-     subscribed again when there is a seat
 *     spread[0]     --w--A-------------i--
 *     spread[1]     --w--r---------------B-     r resigning: it has left the race
 *
 * - Gives one Observable per election, in the order given. They share `max` seats: an election takes
 *   one when it is elected, and gives it back when its term has ended and drained.
 * - Runs in all elections while a seat is free. When the last one is taken, it leaves the race in the
 *   others, so that another process leads them, and tells `resigning`, without `ended`. When a seat
 *   comes free, it joins them again. More than `max` are never told to be elected.
 * - Each completes with its election, and when it is out of the race then, with the first other one
 *   that does: whatever ends campaigns (`until`, the closing of the store) ends them all.
 * - Each errors with its election, and gives its seat back.
 *
 * Where all processes together have fewer seats than there are elections, some stay vacant: let
 * `max` be elections / processes, rounded up, and then some for processes that fail.
 *
 * @example
 * const shards = ['a', 'b', 'c', 'd'];
 * const elections = shards.map((shard) => campaign(store, { key: `shards/${shard}`, id }));
 * merge(...spread(elections, 2).map((leadership$, n) => leadership$.pipe(whileLeader(work(n)))));
 * @throws LeadershipError `invalid-option` at the call.
 * @param elections The states of this candidate in each election. Campaigns are cold: to leave the
 * race is to unsubscribe.
 * @param max How many to lead at most.
 * @returns The states of this candidate in each, within that limit.
 */
export function spread(
  elections: readonly Observable<Leadership>[],
  max: number,
): readonly Observable<Leadership>[] {
  checkCount('max', max);
  const seats = new Seats(max);
  return elections.map((election$) =>
    defer(() => {
      const seat = seats.join();
      const running$ = defer(() => ((seat.running = true), election$)).pipe(
        tap({
          complete: () => {
            seats.end();
          },
        }),
        filter((leadership) => seats.admits(seat, leadership)),
        materialize(), // its end is the end, though seats may still change
      );
      let joined = false;
      return seats.changes$.pipe(
        map(() => seats.whatNow(seat)),
        distinctUntilChanged(),
        switchMap((what) => {
          if (what === 'end') return of(ended);
          if (what === 'stay-out') return of(outOfTheRace);
          // Not at once: who gives back a seat may be about to unsubscribe from all of them.
          if (joined) return running$.pipe(subscribeOn(asapScheduler));
          joined = true;
          return running$;
        }),
        dematerialize(),
        finalize(() => {
          seats.leave(seat);
        }),
      );
    }),
  );
}

const ended = { kind: 'C' } as const;
const outOfTheRace = {
  kind: 'N',
  value: { elected: false, state: 'resigning' } satisfies Leadership,
} as const;

/** One election's share in the seats. */
interface Seat {
  /** Leads, or drains what it has led. */
  taken: boolean;
  running: boolean;
}

class Seats {
  /** Emits at once, and whenever `whatNow` may answer otherwise. */
  readonly changes$: Observable<undefined>;
  readonly #changes$ = new BehaviorSubject(undefined);
  readonly #max: number;
  readonly #members = new Set<Seat>();
  #taken = 0;
  #ended = false;

  constructor(max: number) {
    this.#max = max;
    this.changes$ = this.#changes$.asObservable();
  }

  join(): Seat {
    const seat = { taken: false, running: false };
    this.#members.add(seat);
    return seat;
  }

  leave(seat: Seat): void {
    this.#members.delete(seat);
    if (this.#members.size === 0) this.#ended = false; // a new round may begin
    this.#free(seat);
  }

  /** An election has completed: whoever is out of the race does not join it again. */
  end(): void {
    this.#ended = true;
    this.#changes$.next(undefined);
  }

  /** Reads the present, not what was emitted: a subscriber before this one may have changed it. */
  whatNow(seat: Seat): 'run' | 'stay-out' | 'end' {
    if (seat.taken) return 'run';
    if (this.#taken < this.#max && (seat.running || !this.#ended)) return 'run';
    seat.running = false;
    return this.#ended ? 'end' : 'stay-out';
  }

  /** Takes a seat or gives it back. False for a term that there is no seat for: never told. */
  admits(seat: Seat, leadership: Leadership): boolean {
    const drains = leadership.state === 'resigning' && leadership.ended !== undefined;
    if (leadership.elected && !seat.taken) return this.#take(seat);
    if (!leadership.elected && !drains) this.#free(seat);
    return true;
  }

  #take(seat: Seat): boolean {
    if (this.#taken >= this.#max) return false;
    seat.taken = true;
    this.#taken += 1;
    this.#changes$.next(undefined);
    return true;
  }

  #free(seat: Seat): void {
    if (!seat.taken) return;
    seat.taken = false;
    this.#taken -= 1;
    this.#changes$.next(undefined);
  }
}
