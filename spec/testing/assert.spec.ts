import { describe, expect, it } from 'vitest';
import { leaderRecord } from '../../lib/index.js';
import { expectEqual, isDeepEqual, print } from '../../testing/assert.js';
import { fakeTerm, leading } from '../../testing/index.js';

// Were something equal that is not, marble tests of our users would pass that should fail.

describe('isDeepEqual', () => {
  const term = fakeTerm();

  it.each([
    [1n, 1n],
    [Number.NaN, Number.NaN],
    [
      [1, { a: [] }],
      [1, { a: [] }],
    ],
    [new Error('a'), new Error('a')],
    [leading(term), leading(term)],
    [leaderRecord('a', 1n, 'x'), leaderRecord('a', 1n, 'x')],
  ])('holds for %o and %o', (one: unknown, other: unknown) => {
    expect(isDeepEqual(one, other)).toBe(true);
  });

  it.each([
    [1n, 1],
    [0, -0],
    [null, undefined],
    [[], {}],
    [{ a: undefined }, {}],
    [{}, { a: undefined }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [[1, 2], [2, 1]], // prettier-ignore
    [new Error('a'), new Error('b')],
    [new Error('a'), new TypeError('a')],
    [new Map([[1, 2]]), new Map([[1, 2]])], // prettier-ignore
    [new AbortController().signal, new AbortController().signal],
    [leading(1n), leading(1n)], // two terms, though of one token
    [leaderRecord('a', 1n), leaderRecord('a', 2n)],
  ])('does not hold for %o and %o', (one: unknown, other: unknown) => {
    expect(isDeepEqual(one, other)).toBe(false);
    expect(isDeepEqual(other, one)).toBe(false);
  });
});

it('prints what JSON cannot say', () => {
  expect(print({ token: 1n, none: undefined, error: new TypeError('why') })).toBe(
    '{"token":"1n","none":"undefined","error":"TypeError: why"}',
  );
  expect(print(undefined)).toBe('"undefined"');
});

it('says what came and what should have', () => {
  expect(() => expectEqual([1n], [2n], 'tokens')).toThrow(
    /^tokens\n +got: +\["1n"\]\n +expected: +/,
  );
});
