import { ExpectationFailed } from '../assert.js';

/**
 * Looks every few milliseconds until `look` returns neither `undefined` nor `false`, and returns
 * that. `what` and, at the end, `seen` are for the message.
 */
export async function eventually<T>(
  what: string,
  within: number,
  look: () => T | undefined | false,
  seen: () => string = () => 'no trace of it',
): Promise<T> {
  const limit = performance.now() + within;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > limit)
      throw new ExpectationFailed(`${what}: not within ${Math.round(within)} ms; ${seen()}`);
    await pause(5);
  }
}

/** Whether nothing is followed by something smaller. */
export function isRising(tokens: readonly bigint[]): boolean {
  return tokens.every((token, n) => token >= (tokens[n - 1] ?? token));
}

export function pause(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}
