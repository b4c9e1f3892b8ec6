import { isLeadershipError, LeadershipError, type LeadershipErrorCode } from '../../lib/errors.js';
import { cleanCause, failuresOf, type Secrets } from '../shared/failures.js';

export const failures = failuresOf('etcd');

/** Codes of gRPC after which nobody knows whether the request was carried out. */
const unknownOutcome = new Set([1, 2, 4, 10, 13, 14]); // cancelled … internal, unavailable

const denied = /permission denied|authentication failed|user name not found/i;
const tokenRefused = /invalid auth token|user name is empty|revision of auth store is old/i;

/** The server does not accept the token of a login: a new login may help. */
export function isTokenRefused(message: string): boolean {
  return tokenRefused.test(message);
}

/** Turns what the npm client throws into our error, freed of everything but a clean message. */
export function translate(what: string, error: unknown, secrets: Secrets): LeadershipError {
  if (isLeadershipError(error)) return error;
  const raw = error instanceof Error ? error.message : String(error);
  const message = secrets.hide(raw);
  return new LeadershipError(codeOf(raw), `etcd: ${what}: ${message}`, {
    cause: cleanCause(error, message),
  });
}

function codeOf(message: string): LeadershipErrorCode {
  const grpc = Number(/(?:^|: )(\d+) [A-Z_]+:/.exec(message)?.[1] ?? NaN);
  if (tokenRefused.test(message)) return 'access-denied';
  if (denied.test(message) || grpc === 7 || grpc === 16) return 'access-denied';
  if (/lease not found/i.test(message)) return 'session-lost';
  if (Number.isNaN(grpc) || unknownOutcome.has(grpc)) return 'store-unreachable';
  return 'store-refused';
}
