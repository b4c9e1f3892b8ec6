import { buildSync } from 'esbuild';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atExit } from '../support/at-exit.js';
import type { Installation } from './command-line.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command as its sources are now, in the layout of the package: starts in a tenth of a second. */
export function transpiled(): { readonly installation: Installation; remove(): void } {
  const cache = join(root, 'node_modules/.cache/rx-leadership');
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(join(cache, 'cli-'));
  const done = atExit(() => rmSync(made, { recursive: true, force: true }));
  buildSync({
    absWorkingDir: root,
    entryPoints: ['cli', 'feed', 'lib', 'operators', 'stores'].map(
      (folder) => `./${folder}/**/*.ts`,
    ),
    format: 'esm',
    outbase: root,
    outdir: join(made, 'dist/esm'),
    platform: 'node',
    target: 'es2022',
  });
  cpSync(join(root, 'package.json'), join(made, 'package.json'));
  return {
    installation: { program: [join(made, 'dist/esm/cli/main.js')], cwd: root },
    remove: () => {
      done();
      rmSync(made, { recursive: true, force: true });
    },
  };
}
