// Writes `exports` and `typesVersions` of package.json from the list of entries, so that they
// cannot disagree. With --check it writes nothing, and exits with 1 when package.json differs.
import { readFileSync, writeFileSync } from 'node:fs';
import { entries } from './entries.mjs';

const file = new URL('../package.json', import.meta.url);
const built = (format, folder, extension) =>
  `./${['dist', format, folder, `index${extension}`].filter((part) => part !== '.').join('/')}`;
const condition = (format, folder) => ({
  types: built(format, folder, '.d.ts'),
  default: built(format, folder, '.js'),
});

// `module-sync` gives `require` the ESM files too, on each Node that can do it: one class copy.
const conditions = (folder) => ({
  'module-sync': condition('esm', folder),
  import: condition('esm', folder),
  require: condition('cjs', folder),
});

const text = readFileSync(file, 'utf8');
const manifest = JSON.parse(text);
const all = Object.entries(entries);
manifest.exports = {
  ...Object.fromEntries(all.map(([subpath, folder]) => [subpath, conditions(folder)])),
  './package.json': './package.json',
};
// For the module resolution `node10` of TypeScript, which does not know `exports`.
manifest.typesVersions = {
  '*': Object.fromEntries(
    all
      .filter(([subpath]) => subpath !== '.')
      .map(([subpath, folder]) => [subpath.slice(2), [built('cjs', folder, '.d.ts')]]),
  ),
};

const wanted = JSON.stringify(manifest, null, 2) + '\n';
if (wanted !== text) {
  if (process.argv.includes('--check')) {
    console.error('package.json disagrees with scripts/entries.mjs: run `npm run exports`');
    process.exitCode = 1;
  } else {
    writeFileSync(file, wanted);
  }
}
