import { isLeadershipError, LeadershipError } from '../../lib/errors.js';
import { cleanCause, failuresOf } from '../shared/failures.js';

/** The errors of this store. */
export const failures = failuresOf('web-locks');

/** Turns what a browser throws into our error. */
export function translate(what: string, error: unknown): LeadershipError {
  if (isLeadershipError(error)) return error;
  const { name = '', message = String(error) } = error as Partial<Error>;
  const code = name === 'SecurityError' ? 'access-denied' : 'store-unreachable';
  return new LeadershipError(code, `web-locks: ${what}: ${message}`, {
    cause: cleanCause(error, message),
  });
}
