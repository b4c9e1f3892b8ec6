import { build } from 'esbuild';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = new Map<string, Promise<string>>();

/** The path of the candidate's program in JavaScript. */
export function candidateProgram(): Promise<string> {
  return program(new URL('./candidate-worker.ts', import.meta.url));
}

/**
 * The path of a program in JavaScript, made once: a test starts many of them at the same time, and
 * to translate it in each costs more than all that they do.
 */
export function program(source: URL): Promise<string> {
  const path = fileURLToPath(source);
  const known = built.get(path) ?? translate(path);
  built.set(path, known);
  return known;
}

async function translate(source: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [source],
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
  const name = `${basename(source, '.ts')}-${hash.replaceAll(/\W/g, '')}.mjs`;
  const path = fileURLToPath(new URL(name, cache));
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
  return path;
}
