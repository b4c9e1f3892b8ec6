import { build } from 'esbuild';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
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
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./candidate-worker.ts', import.meta.url))],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
  });
  // Where Node finds the packages. Under another name first: others may be about to start it.
  const cache = new URL('../../node_modules/.cache/rx-leadership/', import.meta.url);
  mkdirSync(cache, { recursive: true });
  const { contents, hash } = outputFiles[0]!;
  const name = `candidate-worker-${hash.replaceAll(/\W/g, '')}.mjs`;
  const program = fileURLToPath(new URL(name, cache));
  const draft = `${program}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, program);
  return program;
}
