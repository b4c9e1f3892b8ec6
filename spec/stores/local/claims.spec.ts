import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Claims } from '../../../stores/local/claims.js';
import { Directory } from '../../../stores/local/directory.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { afterEachStep } from './steps.js';

let folder: TemporaryFolder;
let directory: Directory;
let elections = 0;
let taken = (): void => undefined;

beforeAll(() => {
  folder = temporaryFolder('local-claims');
  directory = new Directory(folder.path);
  directory.open();
  afterEachStep(folder.path, () => taken(), { alsoLooks: true });
});
afterAll(() => folder.remove());

/** Takes the number of claims that two others stake once this one has taken so many steps. */
function stakeWithOthersBetween(steps: number, others: (claims: Claims) => bigint[]) {
  const claims = new Claims(directory, `election-${(elections += 1)}`);
  claims.makeFolder();
  claims.remove(claims.add('before', 'before'));
  let left = steps;
  let between: bigint[] = [];
  taken = () => {
    left -= 1;
    if (left !== 0) return;
    taken = () => undefined; // theirs are not counted
    between = others(claims);
  };
  const own = claims.add('own', 'own');
  taken = () => undefined;
  return { claims, own, between, wasStopped: left <= 0 };
}

/** As many tests as there are steps. */
function betweenAnyTwoSteps(look: (steps: number) => boolean): void {
  let steps = 1;
  while (look(steps)) steps += 1;
  expect(steps).toBeGreaterThan(8);
}

it('whoever is stopped between any two steps takes nothing from those who came meanwhile', () => {
  betweenAnyTwoSteps((steps) => {
    const stake = (claims: Claims) => ['b', 'c'].map((each) => claims.add(each, each));
    const { claims, own, between, wasStopped } = stakeWithOthersBetween(steps, stake);
    const there = claims.list().claims.map((number) => [number, claims.read(number)]);
    const expected = between.map((number, n) => [number, 'bc'[n]]);
    expect(there.toSorted(), `after ${steps} steps`).toEqual(
      [...expected, [own, 'own']].toSorted(),
    );
    return wasStopped;
  });
});

it('nor stands before them, also when the first of them has left again', () => {
  betweenAnyTwoSteps((steps) => {
    const stake = (claims: Claims) => {
      const [first, ...rest] = ['b', 'c', 'd'].map((each) => claims.add(each, each));
      claims.remove(first!);
      return rest;
    };
    const { claims, own, between, wasStopped } = stakeWithOthersBetween(steps, stake);
    const { claims: numbers, highest } = claims.list();
    expect(numbers).toHaveLength(wasStopped ? 3 : 1);
    // It had its number, and had seen that nobody stood behind it; or it has taken a later one.
    if (own > (between[0] ?? 0n)) expect(own).toBe(highest);
    else expect(numbers[0]).toBe(own);
    return wasStopped;
  });
});

it('leaves no draft, and one file that says which number was taken last', () => {
  const { claims, own } = stakeWithOthersBetween(0, () => []);
  expect(readFileSync(join(claims.path, String(own)), 'utf8')).toBe('own');
  expect(claims.list()).toEqual({ claims: [own], highest: own });
});
