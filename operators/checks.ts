import { LeadershipError } from '../lib/errors.js';

/** Throws `invalid-option` unless `value` is a whole number of 1 or more. */
export function checkCount(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw new LeadershipError(
    'invalid-option',
    `${name} is ${String(value)}, not a whole number of 1 or more`,
  );
}

/** Throws `invalid-option` unless `value` is one of `choices`. */
export function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (choices.some((choice) => choice === value)) return;
  const listed = choices.map((choice) => JSON.stringify(choice)).join(' or ');
  throw new LeadershipError('invalid-option', `${name} is ${String(value)}, not ${listed}`);
}
