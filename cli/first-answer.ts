import { filter, firstValueFrom, takeUntil, tap, timeout, type Observable } from 'rxjs';
import type { LeadershipStore } from '../lib/contract.js';
import { follow, type LeaderView } from '../lib/follow.js';
import { CommandError, exitCodeOf, exitCodes } from './exit-codes.js';
import { isHopeless } from './options.js';
import { messageOf } from './output.js';
import { exitCodeOfSignal, leave$ } from './signals.js';

/** How long commands that ask once wait for a store that does not answer. */
export const patience = 5_000;

/** The first value, or the error that `late` makes of a wait that was too long. */
export async function firstAnswer<T extends object>(
  source$: Observable<T>,
  limit: number | undefined,
  late: () => CommandError,
): Promise<T> {
  const failLate = () => {
    throw late();
  };
  const inTime$ =
    limit === undefined ? source$ : source$.pipe(timeout({ first: limit, with: failLate }));
  const answer = await firstValueFrom(inTime$.pipe(takeUntil(leave$)), { defaultValue: undefined });
  if (answer !== undefined) return answer;
  throw new CommandError(exitCodeOfSignal('SIGTERM'), 'told to leave before there was an answer');
}

/** Who leads, once that is certain, and as it is wanted. */
export function certainView(
  store: LeadershipStore,
  key: string,
  wanted: (view: LeaderView) => boolean,
  limit: number | undefined,
): Promise<LeaderView> {
  let last: LeaderView | undefined;
  const views$ = follow(store, key, { retry: { giveUp: isHopeless } }).pipe(
    tap((view) => (last = view)),
    filter((view) => !view.stale && wanted(view)),
  );
  return firstAnswer(views$, limit, () => inVain(last));
}

/** The store answered, but not what was waited for; or it did not answer. */
function inVain(last: LeaderView | undefined): CommandError {
  if (last?.stale === false)
    return new CommandError(exitCodes.notElected, 'nobody has led in the time given');
  return noAnswer(last?.error);
}

/** What is known of a store that did not answer. */
export function noAnswer(error?: unknown): CommandError {
  const why = error === undefined ? '' : `: ${messageOf(error)}`;
  const code = exitCodeOf(error) ?? exitCodes.unreachable;
  return new CommandError(code, `the store did not answer in time${why}`);
}
