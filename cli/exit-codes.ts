import { isLeadershipError } from '../lib/errors.js';

/** What the command exits with, apart from the codes of a child. From 64 on as in `sysexits.h`. */
export const exitCodes = {
  done: 0,
  /** `leader`: nobody leads. */
  vacant: 1,
  usage: 64,
  unreachable: 69,
  notElected: 75,
  lost: 76,
  configuration: 78,
} as const;

/** What a person did, or must know: told in one line, without a stack. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A mistake in how the command was called. */
export function usageError(message: string): CommandError {
  return new CommandError(exitCodes.usage, message);
}

/** The code for an error, or `undefined` for one that is a bug of ours. */
export function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof CommandError) return error.exitCode;
  if (!isLeadershipError(error)) return undefined;
  switch (error.code) {
    case 'store-unreachable':
    case 'store-refused':
    case 'store-closed':
      return exitCodes.unreachable;
    case 'not-elected':
    case 'no-leader':
      return exitCodes.notElected;
    case 'access-denied':
    case 'client-missing':
    case 'invalid-option':
    case 'lease-too-short':
    case 'unsupported':
      return exitCodes.configuration;
    default:
      return exitCodes.lost;
  }
}
