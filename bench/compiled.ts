import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atExit } from '../spec/support/at-exit.js';
import { Child } from '../spec/support/child.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Compiles the programs, and the package with them, as it is published, into a folder of their own
 * under `node_modules`: from there they find their dependencies, and nobody else finds them.
 */
export async function compile(): Promise<Compiled> {
  const folder = join(
    root,
    'node_modules/.cache',
    `rx-leadership-bench-${randomBytes(4).toString('hex')}`,
  );
  mkdirSync(folder, { recursive: true });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const done = atExit(remove);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "sideEffects": false }');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'bench/tsconfig.programs.json');
  const compiler = new Child(process.execPath, [tsc, '-p', project, '--outDir', folder]);
  const { code } = await compiler.exited;
  if (code !== 0) throw new Error(`tsc: ${compiler.lines.join('\n')}${compiler.log}`);
  return {
    folder,
    remove: () => {
      done();
      remove();
    },
  };
}

export interface Compiled {
  readonly folder: string;
  remove(): void;
}
