import fc from 'fast-check';
import { expect, it } from 'vitest';
import { broken } from './broken.js';
import { playInMemory } from './in-memory.js';
import { programs } from './program.js';

// The model is worth what it finds: a store that breaks one of the safety rules must be caught, and
// by what that rule is for. A right one passes the same programs: see `model.spec.ts`.

const sample = fc.sample(programs(), { seed: 1, numRuns: 400 });

it.each(broken)('rule $rule: a store that $does is caught', ({ foundBy, ground }) => {
  const caught = sample.find((program) =>
    playInMemory(program, ground).findings.some((finding) => foundBy.test(finding)),
  );
  expect(caught).toBeDefined();
});

it('the ten safety rules have one each', () => {
  expect(broken.map(({ rule }) => rule)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
