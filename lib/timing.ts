import type { LeaseTiming } from './contract.js';
import { LeadershipError } from './errors.js';

/** The longest duration that a timer of JavaScript can wait, in milliseconds. */
export const longestDuration = 2 ** 31 - 1;

/** Throws `invalid-option` with the name, the value and the range, unless `value` is within it. */
export function checkDuration(name: string, value: unknown, least: number, most = longestDuration) {
  if (typeof value === 'number' && value >= least && value <= most) return;
  const range = `${String(least)} to ${String(most)} milliseconds`;
  throw new LeadershipError('invalid-option', `${name} is ${String(value)}, not ${range}`);
}

/** The least safety margin of a lease: max(200 ms, 10 % of the ttl). An option may only raise it. */
export function leastMargin(ttl: number): number {
  return Math.max(200, ttl / 10);
}

/**
 * The longest drain that is sure to fit into a lease: what is left of the ttl when the margin is
 * taken off and a renewal was lost.
 */
export function roomForDrain({ ttl, margin, gap }: LeaseTiming): number {
  return ttl - margin - gap;
}

/** How long work may go on after its signal, unless the user says otherwise. */
export function defaultDrain(timing: LeaseTiming): number {
  return Math.max(0, Math.min(3_000, timing.ttl / 5, (roomForDrain(timing) * 2) / 3));
}
