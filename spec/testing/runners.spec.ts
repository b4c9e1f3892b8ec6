import { expect, it } from 'vitest';
import { conformanceCases } from '../../testing/index.js';
import { Child } from '../support/child.js';

// Vitest runs the suite on every store of this package: see `spec/stores`. Others can too.

const timeout = 60_000;
const names = conformanceCases.map(({ name }) => name);

async function run(...args: string[]) {
  const child = new Child(process.execPath, ['--import', 'tsx', ...args]);
  const { code } = await child.exited;
  return { code, lines: child.lines, log: child.log };
}

it.concurrent('the conformance suite runs with node:test', { timeout }, async () => {
  const args = ['--test', '--test-reporter', 'tap', 'examples/testing/own-store.ts'];
  const { code, lines, log } = await run(...args);
  const text = lines.join('\n');
  expect({ code, log }, text).toEqual({ code: 0, log: '' });
  const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'mu').exec(text)?.[1]);
  expect(count('tests')).toBe(names.length);
  expect(count('fail')).toBe(0);
  // What the manifest does not promise and what the harness has no lever for is told, not left out.
  expect(count('skipped')).toBeGreaterThan(10);
  expect(text).toContain('# SKIP the store does not promise "ahead"');
  expect(text).toContain('# SKIP the harness has no lever "freeze"');
});

it.concurrent('the conformance suite runs without any runner', { timeout }, async () => {
  const { code, lines, log } = await run('spec/testing/without-runner.ts');
  expect({ code, log }).toEqual({ code: 0, log: '' });
  expect(lines).toHaveLength(names.length);
  expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([]);
});
