import fc from 'fast-check';
import { expect, it } from 'vitest';
import { playInMemory } from './in-memory.js';
import { parsed, printed, programs } from './program.js';
import { regressions } from './regressions.js';

// Any program of joins, resignations, crashes of everything and operators, in virtual time. More:
// RX_LEADERSHIP_RUNS=100000 npx vitest run --project unit spec/model
const runs = Number(process.env['RX_LEADERSHIP_RUNS'] ?? 1_500);
const seed = process.env['RX_LEADERSHIP_SEED'];

it(`holds in ${runs} programs against the memory store`, { timeout: 60_000 + 50 * runs }, () => {
  let terms = 0;
  let changes = 0;
  const began = performance.now();
  fc.assert(
    fc.property(programs(), (program) => {
      const outcome = playInMemory(program);
      terms += outcome.terms;
      changes += outcome.changes;
      expect(outcome.findings, `keep as a regression: '${printed(program)}'`).toEqual([]);
    }),
    { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) },
  );
  console.log(
    `${runs} programs, ${terms} terms, ${changes} changes, ${(performance.now() - began).toFixed()} ms`,
  );
  expect(terms).toBeGreaterThan(2 * runs);
  expect(changes).toBeGreaterThan(runs / 2);
});

it.each(regressions)('holds since it was mended: %s', (_what, text) => {
  const program = parsed(text);
  expect(printed(program)).toBe(text);
  expect(playInMemory(program).findings).toEqual([]);
});
