import { LeadershipError } from '../../lib/errors.js';

/** The errors that every store has, with the store's name in front. */
export function failuresOf(store: string) {
  return {
    /** The store has no such claim any more, or not as we wrote it. */
    claimLost: () =>
      new LeadershipError('claim-lost', `${store}: the claim was deleted or overwritten`),
    /** Tokens come from the store: when they start anew, whoever checks them must be told. */
    dataLost: (token: bigint, before: bigint) => {
      const seen = `${String(token)} after ${String(before)}`;
      return new LeadershipError(
        'data-lost',
        `${store}: the store lost data: it shows token ${seen}`,
      );
    },
    sessionLost: (why: string) => new LeadershipError('session-lost', `${store}: ${why}`),
    storeClosed: () => new LeadershipError('store-closed', `${store}: the store is closed`),
    /** Nobody knows how that ended. */
    unconfirmed: (what: string) =>
      new LeadershipError('store-unreachable', `${store}: ${what} was never confirmed`),
    unreachable: (message: string, cause?: unknown) =>
      new LeadershipError('store-unreachable', `${store}: ${message}`, { cause }),
  };
}

export type Failures = ReturnType<typeof failuresOf>;

/** Whether a read that failed so is worth repeating: the store was out of reach, or too busy. */
export function isPassing({ code }: LeadershipError): boolean {
  return code === 'store-unreachable' || code === 'store-refused';
}

/** Whether a write that failed so may have been carried out, or may still be. */
export function isUnknownOutcome({ code }: LeadershipError): boolean {
  return code === 'store-unreachable';
}

/** Only name and message: the errors of the clients carry requests, and may one day carry more. */
export function cleanCause(error: unknown, message: string): Error {
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
