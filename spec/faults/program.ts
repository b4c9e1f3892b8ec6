import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

let built: Promise<string> | undefined;

/**
 * The path of the candidate's program in JavaScript, made once: a test starts many of them at the
 * same time, and to translate it in each costs more than all that they do.
 */
export function candidateProgram(): Promise<string> {
  built ??= translate();
  return built;
}

async function translate(): Promise<string> {
  const cache = new URL('../../node_modules/.cache/rx-leadership/', import.meta.url);
  const outfile = fileURLToPath(new URL(`candidate-worker-${process.pid}.mjs`, cache));
  await build({
    entryPoints: [fileURLToPath(new URL('./candidate-worker.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
  });
  return outfile;
}
