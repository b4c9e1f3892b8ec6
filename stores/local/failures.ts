import { isLeadershipError, LeadershipError, type LeadershipErrorCode } from '../../lib/errors.js';
import { cleanCause, failuresOf } from '../shared/failures.js';

/** The errors of this store. */
export const failures = failuresOf('local');

/** Turns what the file system throws into our error. */
export function translate(what: string, error: unknown): LeadershipError {
  if (isLeadershipError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LeadershipError(codeOf(error), `local: ${what}: ${message}`, {
    cause: cleanCause(error, message),
  });
}

/** Whether a file system says `code`, as in `ENOENT`. */
export function says(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function codeOf(error: unknown): LeadershipErrorCode {
  return says(error, 'EACCES', 'EPERM', 'EROFS') ? 'access-denied' : 'store-unreachable';
}
