import { defer, tap, type MonoTypeOperatorFunction } from 'rxjs';
import { describeLeadership, type Leadership } from '../lib/leadership.js';

/** What lines are written with: `console`, pino, or what takes the fields first. */
export interface LeadershipLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/**
 * Writes one line per transition, that a person can read, with the reason: never one per retry, and
 * never a secret.
 *
 *     leadership  --j--w--A--s--A--i--i--|     j joining, w waiting, A a term, s A suspended, i interrupted
 *     lines         x  x  x  !     !  !        x info, ! warn; the second i by another error only
 *     result      --j--w--A--s--A--i--i--|
 *
 * - Emits what comes, after the line. Completes and errors with the source.
 * - `fields` of a line: `key` and `id` where a term tells them, `token`, `reason`, `error`.
 *
 * @example
 * campaign(store, { key, id }).pipe(logLeadership(pino(), 'service/jobs')).subscribe();
 * @param logger What lines are written with. `console` writes the fields before the message.
 * @param name The election, for the lines.
 */
export function logLeadership(
  logger: LeadershipLogger,
  name: string,
): MonoTypeOperatorFunction<Leadership> {
  return (leadership$) =>
    defer(() => {
      let last: string | undefined;
      return leadership$.pipe(
        tap((leadership) => {
          const error = errorOf(leadership);
          const what = lineOf(leadership, error);
          const same = leadership.state === 'waiting' ? leadership.state : what;
          if (same === last) return;
          last = same;
          const fields = { election: name, ...fieldsOf(leadership), ...(error && { error }) };
          const isTrouble = error !== undefined || leadership.state === 'suspended';
          logger[isTrouble ? 'warn' : 'info'](fields, `${name}: ${what}`);
        }),
      );
    });
}

function lineOf(leadership: Leadership, error: string | undefined): string {
  if (leadership.state !== 'interrupted')
    return error === undefined
      ? describeLeadership(leadership)
      : `${describeLeadership(leadership)}: ${error}`;
  const lost =
    leadership.ended === undefined ? 'trouble' : `lost the term (${leadership.ended.reason})`;
  return `${lost}, tries again: ${error ?? 'no error'}`;
}

function errorOf(leadership: Leadership): string | undefined {
  const { error } = { error: undefined, ...leadership };
  if (error === undefined) return undefined;
  return error instanceof Error ? error.message : 'an error that is none';
}

function fieldsOf(leadership: Leadership) {
  const { state } = leadership;
  if (leadership.elected) return { state, ...leadership.term.toJSON() };
  const { ended } = { ended: undefined, ...leadership };
  return { state, ...ended?.toJSON() };
}
