import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `1500`, `1500ms`, `1.5s`, `2m` or `1h` in milliseconds. */
export function parseDuration(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (number === undefined)
    throw new InvalidArgumentError('Write a duration such as 1500ms, 15s or 2m.');
  return Number(number) * (units[unit] ?? 1);
}
