/**
 * Every code that an error of this package carries, and whether the same attempt may succeed
 * later. Minor releases may add a code, never change one.
 */
export const errorCodes = {
  /** The store knows the user but refuses the action, or does not know the user. */
  'access-denied': { retryable: false },
  /** The claim was deleted or overwritten under its candidate. */
  'claim-lost': { retryable: true },
  /** The package of the store's client is not installed. */
  'client-missing': { retryable: false },
  /** The store lost data: tokens may start anew, and whoever checks tokens must be told. */
  'data-lost': { retryable: true },
  /** An option, key, id or URL is not usable; the message names it, its value and the range. */
  'invalid-option': { retryable: false },
  /** The leader changed while a request was under way: it may have been carried out, or not. */
  'leader-changed': { retryable: true },
  /** The lease ran out (or nearly) without an acknowledged renewal. */
  'lease-expired': { retryable: true },
  /** The store granted a lease too short for the margin, the drain and a lost renewal. */
  'lease-too-short': { retryable: false },
  /** Nobody led, or the leader could not be connected to, for as long as a request may wait. */
  'no-leader': { retryable: true },
  /** This candidate was not elected in the time, or by the end, that it was given. */
  'not-elected': { retryable: true },
  /** `resign()` of a candidate that does not lead. */
  'not-leading': { retryable: false },
  /** More is waiting than the limit of a buffer allows. */
  overflow: { retryable: true },
  /** The store says that the session is gone, or its lease ended before it could be renewed. */
  'session-lost': { retryable: true },
  /** The store was closed by its owner. */
  'store-closed': { retryable: false },
  /** The store answered, but refused (out of space, too many requests, an unexpected answer). */
  'store-refused': { retryable: true },
  /** The store did not answer in time. */
  'store-unreachable': { retryable: true },
  /** Work was registered with a term that is over. */
  'term-over': { retryable: false },
  /** A larger token was seen in the election of a term that still believed itself valid. */
  'term-superseded': { retryable: true },
  /** A health check failed, and the term was ended for it. */
  unhealthy: { retryable: true },
  /** The store cannot do what was asked. */
  unsupported: { retryable: false },
} as const satisfies Readonly<Record<string, { readonly retryable: boolean }>>;

/** One of the keys of {@link errorCodes}. */
export type LeadershipErrorCode = keyof typeof errorCodes;

const brand = Symbol.for('rx-leadership.error');

/**
 * The one error class of this package. Match on `code`, never on the message. `cause` is the
 * client's error, freed of credentials.
 */
export class LeadershipError extends Error {
  override readonly name = 'LeadershipError';
  readonly code: LeadershipErrorCode;
  /** Whether the same attempt may succeed later without anybody mending anything. */
  readonly retryable: boolean;

  constructor(code: LeadershipErrorCode, message: string, options?: ErrorOptions) {
    super(`[${code}] ${message}`, options);
    this.code = code;
    this.retryable = errorCodes[code].retryable;
    // Not a declared member: a unique symbol would make the ESM and CJS types incompatible.
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether `error` is a {@link LeadershipError}, of `code` where one is given. Knows the errors of
 * a second loaded copy of this package too, which `instanceof` misses.
 */
export function isLeadershipError(
  error: unknown,
  code?: LeadershipErrorCode,
): error is LeadershipError {
  if (!(error instanceof Error && brand in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}
