import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import type { ConformanceHarness } from '../../testing/index.js';
import { Child } from '../support/child.js';

const file = fileURLToPath(new URL('conformance-process.ts', import.meta.url));

/** A case has limits of its own; a process takes seconds to start on a busy machine. */
const timeout = 60_000;

/** Registers cases with vitest: side by side, unless they must run alone. */
export const withVitest: Pick<ConformanceHarness, 'test' | 'testAlone' | 'skip'> = {
  test: (name, run) => it.concurrent(name, run, timeout),
  testAlone: (name, run) => it(name, run, timeout),
  skip: (name, why) => it.skip(`${name} (${why})`),
};

/** Runs a closing scenario in a process of its own, which has to end by itself. */
export async function runClosing(name: string, url: string) {
  const child = new Child(process.execPath, ['--import', 'tsx', file, name, url]);
  const limit = setTimeout(() => void child.kill(), timeout / 2);
  const { code } = await child.exited;
  clearTimeout(limit);
  if (code !== 0) throw new Error(`the process ended with ${String(code)}: ${child.log}`);
  return code;
}
