import {
  asyncScheduler,
  defer,
  of,
  switchMap,
  timer,
  type Observable,
  type SchedulerLike,
} from 'rxjs';

/**
 * Two readings of time, in milliseconds. `now` is monotonic. `sinceBoot` also runs while the
 * machine sleeps; it can only shorten a lease, never lengthen one.
 */
export interface Clock {
  now(): number;
  sinceBoot?(): number;
}

/** A moment on both readings of a {@link Clock}. */
export interface Moment {
  readonly now: number;
  readonly sinceBoot: number | undefined;
}

/** Reads both faces of a clock at once. */
export function momentOf(clock: Clock): Moment {
  return { now: clock.now(), sinceBoot: clock.sinceBoot?.() };
}

/** The machine's monotonic clock: not moved by whoever sets the time of day. */
export const monotonicClock: Clock = { now: () => performance.now() };

/**
 * A clock that also tells the time since boot, from a source that may tick coarsely. Both run at
 * the same rate while the machine is awake, so a difference below `grain` milliseconds is only the
 * ticking: without this the end of a lease would move to and fro by a tick.
 *
 * A reading holds for a millisecond of `clock`, as the source may be a file and a lease is looked at
 * several times in a row. No machine falls asleep and wakes in less: stopping its processes and
 * devices takes longer, and `clock` runs meanwhile.
 */
export function sleepAware(clock: Clock, sinceBoot: () => number, grain = 20): Required<Clock> {
  const now = () => clock.now();
  let lookedAt = now();
  let asleep = sinceBoot() - lookedAt;
  return {
    now,
    sinceBoot: () => {
      const present = now();
      if (present - lookedAt >= 1) {
        lookedAt = present;
        const measured = sinceBoot() - present;
        if (Math.abs(measured - asleep) > grain) asleep = measured;
      }
      return present + asleep;
    },
  };
}

/** `asyncScheduler` whose `now()` is monotonic: RxJS's own reads the time of day. */
export const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler),
};

const longestTimer = 2 ** 31 - 1; // a longer one fires after 1 ms

/**
 * Emits once and completes as soon as `clock` has reached `moment()`, which may move meanwhile.
 *
 * A timer is only a hint when to look: libuv's fire up to a millisecond early, and the moment may
 * have moved since the timer was set. So the clock is read again before anything is emitted.
 */
export function reached(
  moment: () => number,
  clock: Clock,
  scheduler: SchedulerLike,
): Observable<undefined> {
  const look: Observable<undefined> = defer(() => {
    const left = moment() - clock.now();
    if (left <= 0) return of(undefined);
    return timer(Math.min(Math.ceil(left), longestTimer), scheduler).pipe(switchMap(() => look));
  });
  return look;
}
