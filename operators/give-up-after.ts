import { distinctUntilChanged, map, NEVER, startWith, switchMap, takeUntil, timer } from 'rxjs';
import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { LeadershipError } from '../lib/errors.js';
import type { Leadership } from '../lib/leadership.js';
import { checkDuration } from '../lib/timing.js';
import { sharing } from './beside.js';
import { checkChoice } from './checks.js';

/** How to give up. */
export interface GiveUpOptions {
  /** `error` (default): with the `LeadershipError` `not-elected`. `complete`: without a word. */
  readonly by?: 'error' | 'complete' | undefined;
  /** For the time. Default: RxJS's own. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Leaves the race when this candidate is not elected in time.
 *
 *     leadership      --w-----------|          w waiting
 *     giveUpAfter(8)  --w-----#
 *
 *     leadership      --w--A---i--------B      A, B terms, i interrupted
 *     giveUpAfter(8)  --w--A---i-------#
 *
 * - Emits every state as it comes. The time counts from the subscription, and anew from the end of
 *   each term.
 * - When it is up: errors with `not-elected`, or completes; either way it leaves the race.
 * - Completes and errors with the campaign before that.
 *
 * @example
 * campaign$.pipe(giveUpAfter(30_000), whileLeader(migrate), take(1)).subscribe({ error: exit });
 * @throws LeadershipError `invalid-option` at the call.
 * @param time How long to wait for a term, in milliseconds.
 * @param options How to give up.
 * @returns A function that passes the states of a candidate on.
 */
export function giveUpAfter(
  time: number,
  { by = 'error', scheduler }: GiveUpOptions = {},
): MonoTypeOperatorFunction<Leadership> {
  checkDuration('time', time, 0);
  checkChoice('by', by, ['error', 'complete']);
  return sharing((leadership$) => {
    const timeIsUp$ = leadership$.pipe(
      map(({ elected }) => elected),
      startWith(false),
      distinctUntilChanged(),
      switchMap((elected) => (elected ? NEVER : timer(time, scheduler))),
      map(() => {
        if (by === 'error') throw notElected(time);
      }),
    );
    return leadership$.pipe(takeUntil(timeIsUp$));
  });
}

const notElected = (time: number) =>
  new LeadershipError(
    'not-elected',
    `this candidate was not elected within ${String(time)} milliseconds, and has left the race: ` +
      'another one leads, or see the states before this for the trouble',
  );
