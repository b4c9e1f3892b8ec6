import { isLeadershipError, LeadershipError, type LeadershipErrorCode } from '../../lib/errors.js';

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

/** Whether a read that failed so is worth repeating: the store was out of reach, or too busy. */
export function isPassing({ code }: LeadershipError): boolean {
  return code === 'store-unreachable' || code === 'store-refused';
}

/** The store has no such claim any more, or not as we wrote it. */
export function claimLost(): LeadershipError {
  return new LeadershipError('claim-lost', 'etcd: the claim was deleted or overwritten');
}

/** Tokens are revisions of the store: when they start anew, whoever checks them must be told. */
export function dataLost(token: bigint, before: bigint): LeadershipError {
  const seen = `${String(token)} after ${String(before)}`;
  return new LeadershipError('data-lost', `etcd: the store lost data: it shows token ${seen}`);
}

export function storeClosed(): LeadershipError {
  return new LeadershipError('store-closed', 'etcd: the store is closed');
}

/** Nobody knows how that ended. */
export function unconfirmed(what: string): LeadershipError {
  return new LeadershipError('store-unreachable', `etcd: ${what} was never confirmed`);
}

/** Whether a write that failed so may have been carried out, or may still be. */
export function isUnknownOutcome(error: LeadershipError): boolean {
  return error.code === 'store-unreachable';
}

function codeOf(message: string): LeadershipErrorCode {
  const grpc = Number(/(?:^|: )(\d+) [A-Z_]+:/.exec(message)?.[1] ?? NaN);
  if (tokenRefused.test(message)) return 'access-denied';
  if (denied.test(message) || grpc === 7 || grpc === 16) return 'access-denied';
  if (/lease not found/i.test(message)) return 'session-lost';
  if (Number.isNaN(grpc) || unknownOutcome.has(grpc)) return 'store-unreachable';
  return 'store-refused';
}

/** Only name and message: the errors of the client carry metadata, and may one day carry more. */
function cleanCause(error: unknown, message: string): Error {
  const cause = new Error(message);
  if (error instanceof Error) cause.name = error.constructor.name;
  delete cause.stack;
  return cause;
}

/** What must not be shown to anybody. */
export class Secrets {
  readonly #secrets = new Set<string>();

  add(secret: string | undefined): void {
    if (secret !== undefined && secret !== '') this.#secrets.add(secret);
  }

  hide(text: string): string {
    let shown = text;
    for (const secret of this.#secrets) shown = shown.replaceAll(secret, '***');
    return shown;
  }
}
