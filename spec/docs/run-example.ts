import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Child } from '../support/child.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs an example as a user does; what it wrote, once it has ended by itself and without errors. */
export async function runExample(file: string, ...args: string[]): Promise<readonly string[]> {
  const program = ['--import', 'tsx', `examples/${file}`, ...args];
  const child = new Child(process.execPath, program, { cwd: root });
  const exit = await child.exited;
  expect({ ...exit, log: child.log }).toEqual({ code: 0, signal: null, log: '' });
  return child.lines;
}
