import { isLeadershipError, LeadershipError, type LeadershipErrorCode } from '../../lib/errors.js';
import { cleanCause, failuresOf, type Secrets } from '../shared/failures.js';

export const failures = failuresOf('consul');

/** What the npm client throws, as far as it is looked at. */
interface Failure {
  readonly message?: unknown;
  readonly statusCode?: number;
  readonly response?: { readonly statusCode?: number; readonly body?: unknown };
}

/**
 * Turns what the npm client throws into our error. Nothing of it is kept but a clean message: it
 * carries the whole request, and with that the token.
 */
export function translate(what: string, error: unknown, secrets: Secrets): LeadershipError {
  if (isLeadershipError(error)) return error;
  const message = secrets.hide(saidBy(error));
  const code = codeOf(statusOf(error), message);
  return new LeadershipError(code, `consul: ${what}: ${message}${adviceOf(message)}`, {
    cause: cleanCause(error, message),
  });
}

export function statusOf(error: unknown): number | undefined {
  const { statusCode, response } = error as Failure;
  return response?.statusCode ?? statusCode;
}

/** What the server said, where it said something. */
export function saidBy(error: unknown): string {
  const { message, response } = error as Failure;
  const body = response?.body;
  if (typeof body === 'string' && body !== '') return body.trim();
  if (Buffer.isBuffer(body) && body.length > 0) return body.toString().trim();
  if (body !== undefined && body !== null && typeof body === 'object') return JSON.stringify(body);
  return typeof message === 'string' ? message : String(error);
}

function codeOf(status: number | undefined, message: string): LeadershipErrorCode {
  if (/invalid session ttl|invalid session lockdelay/i.test(message)) return 'invalid-option';
  if (/invalid session/i.test(message)) return 'session-lost';
  if (status === 401 || status === 403 || /acl not found/i.test(message)) return 'access-denied';
  // A server without a leader, or on its way down: what it was asked may still be carried out.
  if (status === undefined || status >= 500) return 'store-unreachable';
  return 'store-refused';
}

function adviceOf(message: string): string {
  if (/invalid session ttl/i.test(message))
    return '. Choose a ttl within these limits, or lower session_ttl_min on the servers';
  if (/missing check/i.test(message))
    return '. A ttlCheck needs the address of one agent that its servers know, not of a balancer';
  return '';
}
