import { isLeadershipError, LeadershipError, type LeadershipErrorCode } from '../../lib/errors.js';
import { cleanCause, failuresOf } from '../shared/failures.js';
import { codes, ZooKeeperFailure } from './codes.js';

/** The errors of this store. */
export const failures = failuresOf('zookeeper');

/** After these nobody knows whether the request was carried out. */
const unreachable = new Set<number>([
  codes.connectionLoss,
  codes.operationTimeout,
  codes.sessionMoved,
]);
const denied = new Set<number>([codes.noAuth, codes.authFailed, codes.invalidAcl]);

/** Turns what a link rejects with into our error. */
export function translate(what: string, error: unknown): LeadershipError {
  if (isLeadershipError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LeadershipError(codeOf(error), `zookeeper: ${what}: ${message}`, {
    cause: cleanCause(error, message),
  });
}

function codeOf(error: unknown): LeadershipErrorCode {
  if (!(error instanceof ZooKeeperFailure)) return 'store-refused';
  const { code } = error;
  if (unreachable.has(code)) return 'store-unreachable';
  if (denied.has(code)) return 'access-denied';
  return code === codes.sessionExpired ? 'session-lost' : 'store-refused';
}
