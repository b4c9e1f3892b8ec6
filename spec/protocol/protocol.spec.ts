import { expect, it } from 'vitest';
import type { Bounds } from './change.js';
import { rules, type Out } from './core.js';
import { explore } from './explore.js';
import { protocol } from './protocol.js';

// Every state that the protocol can reach within bounds, with the campaign and the lease of `lib/`.
// The larger bounds take minutes: RX_LEADERSHIP_MODEL=full npx vitest run --project unit spec/protocol

const small: Bounds[] = [
  { candidates: 2, ttl: 3, lag: true },
  { candidates: 2, ttl: 3, sleep: true },
  { candidates: 2, ttl: 2, loss: true },
  { candidates: 3, ttl: 2 },
];
const large: Bounds[] = [
  { candidates: 2, ttl: 3, lag: true, sleep: true },
  { candidates: 2, ttl: 3, loss: true },
  { candidates: 3, ttl: 3 },
];
const all = process.env['RX_LEADERSHIP_MODEL'] === 'full' ? [...small, ...large] : small;

it.each(all)('is safe: %o', { timeout: 1_800_000 }, (bounds) => {
  const { found, complete, states } = explore(protocol(bounds));
  expect(found).toBeUndefined();
  expect(complete).toBe(true);
  console.log(`${JSON.stringify(bounds)}: ${states} states, nothing forbidden`);
});

/** What each rule is against: the least that shows that it is missed. */
const against: Partial<Record<Out, Partial<Bounds>>> = {
  answer: { lag: true },
  margin: { lag: true },
  'set back': { lag: true },
  sleep: { sleep: true },
  front: { candidates: 3 },
  forgets: { loss: true },
};

it.each(Object.entries(rules))('without rule %s, it is not', { timeout: 120_000 }, (name, out) => {
  const { found } = explore(protocol({ candidates: 2, ttl: 3, ...against[out] }, out), 500_000);
  expect(found?.what).toBeDefined();
  console.log([`without rule ${name}: ${found?.what}`, ...(found?.trace ?? [])].join('\n  '));
});
