import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder('package');
const consumer = join(folder.path, 'consumer');
let files: string[] = [];

/** A dependency that the consumer has installed. */
function link(name: string): void {
  const target = join(consumer, 'node_modules', name);
  mkdirSync(join(target, '..'), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), target);
}

/** Packs the built package and installs it into a copy of the folder `consumer`. */
beforeAll(async () => {
  if (!existsSync(join(root, 'dist/cjs/index.js'))) throw new Error('first run `npm run build`');
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder.path];
  const { stdout } = await run('npm', pack, { cwd: root });
  const [tarball] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  files = tarball.files.map(({ path }) => path);

  cpSync(fileURLToPath(new URL('./consumer', import.meta.url)), consumer, { recursive: true });
  link('rxjs');
  link('@types/node');
  // Who imports the entries for Nest or Angular has it.
  for (const name of ['common', 'core']) link(`@nestjs/${name}`);
  link('@angular/core');
  await run('tar', ['-xzf', join(folder.path, tarball.filename)], { cwd: folder.path });
  cpSync(join(folder.path, 'package'), join(consumer, 'node_modules/rx-leadership'), {
    recursive: true,
  });
}, 60_000);

afterAll(() => folder.remove());

async function print(program: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, [program], { cwd: consumer });
  return JSON.parse(stdout);
}

/** What the compiler says about these files in the strictest mode. */
async function compile(options: string, ...programs: string[]): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [
    compiler,
    ...`--noEmit --strict --target es2022 ${options}`.split(' '),
    ...programs,
  ];
  try {
    return (await run(process.execPath, args, { cwd: consumer })).stdout;
  } catch (failure) {
    return (failure as { stdout: string }).stdout;
  }
}

it('ships what was built, and nothing else', () => {
  const built =
    /^dist\/(cjs\/package\.json|esm\/cli\/[a-z/-]+\.(js|d\.ts)|(esm|cjs)\/(index|(lib|operators|stores|testing|watchdog|nestjs|angular|metrics|feed)\/[a-z/-]+)\.(js|d\.ts))$/;
  const others = files.filter((path) => !built.test(path));
  expect(others.filter((path) => path !== 'README.md').sort()).toEqual([
    'LICENSE',
    'NOTICE',
    'package.json',
  ]);
});

it('gives import and require the same classes, and knows the errors of a second copy', async () => {
  expect(await print('identity.mjs')).toEqual({
    sameClass: true,
    anotherCopy: true,
    known: true,
    knownFromCopy: true,
    knownOther: false,
  });
});

it('loads every entry both ways, without the clients of the stores', async () => {
  expect(await print('subpaths.mjs')).toEqual([]);
});

it('has types by which values go from a .cts file to a .mts file', async () => {
  expect(await compile('--module nodenext --types node', 'values.cts', 'uses.mts')).toBe('');
});

it('has types that browser programs can use', async () => {
  const options = '--module esnext --moduleResolution bundler --lib es2022,dom';
  expect(await compile(options, 'browser.ts')).toBe('');
});

it('has types of its stores once their clients are there', async () => {
  for (const client of ['etcd3', 'cockatiel', '@grpc/grpc-js']) link(client);
  expect(await compile('--module nodenext --types node', 'etcd.ts')).toBe('');
});
