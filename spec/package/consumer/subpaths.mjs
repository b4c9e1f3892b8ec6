// Loads every entry both ways, and prints those that do not give the same.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { exports } = require('rx-leadership/package.json');
const different = [];
for (const subpath of Object.keys(exports).filter((path) => path !== './package.json')) {
  const name = `rx-leadership${subpath.slice(1)}`;
  const [imported, required] = [await import(name), require(name)];
  if (Object.keys(imported).some((key) => imported[key] !== required[key])) different.push(name);
}
console.log(JSON.stringify(different));
