import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCodes } from '../../lib/errors.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const entry = /^## `(\S+)`\n\n- Retryable: (yes|no)\.\n- When: .+\n(?: {2}.+\n)*- What to do: /gmu;
const entries = [...page.matchAll(entry)];

it('has each code of the package, in its order, and no other', () => {
  expect([...page.matchAll(/^## /gmu)]).toHaveLength(entries.length);
  expect(entries.map(([, code]) => code)).toEqual(Object.keys(errorCodes));
});

it('says of each code whether it is retryable', () => {
  const said = Object.fromEntries(entries.map(([, code, answer]) => [code, answer === 'yes']));
  const meant = Object.entries(errorCodes).map(([code, { retryable }]) => [code, retryable]);
  expect(said).toEqual(Object.fromEntries(meant));
});
