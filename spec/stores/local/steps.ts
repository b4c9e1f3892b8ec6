import { createRequire, syncBuiltinESMExports } from 'node:module';

type Call = (...args: unknown[]) => unknown;
type Calls = Record<string, Call>;

const require = createRequire(import.meta.url);
const fs = require('node:fs') as Calls;
const promises = require('node:fs/promises') as Calls;
const { writeFileSync } = fs;

const looks = ['readdirSync', 'readFileSync', 'existsSync'];
const changes = [
  ...['linkSync', 'renameSync', 'rmSync', 'unlinkSync', 'writeFileSync', 'mkdirSync', 'chmodSync'],
];
const changesToCome = ['rename', 'rm', 'writeFile'];

/**
 * Calls `taken` after each step that this process takes below a directory: after each change, and
 * in the middle of each that takes effect in several; if told to, after each look too.
 */
export function afterEachStep(
  directory: string,
  taken: (step: string) => void,
  { alsoLooks = false } = {},
): void {
  const isBelow = (file: unknown) => typeof file === 'string' && file.startsWith(directory);
  const watched = (name: string, call: Call): Call =>
    function watchedCall(...args) {
      if (!isBelow(args[0])) return call(...args);
      if (/^writeFile/.test(name)) {
        const [file, text, options] = args as [string, string, unknown];
        writeFileSync!(file, text.slice(0, text.length / 2), options);
        taken(`half of ${name}`);
      }
      const result = call(...args);
      if (!(result instanceof Promise)) {
        taken(name);
        return result;
      }
      return result.then((value: unknown) => {
        taken(name);
        return value;
      });
    };
  for (const name of [...changes, ...(alsoLooks ? looks : [])]) fs[name] = watched(name, fs[name]!);
  for (const name of changesToCome) promises[name] = watched(name, promises[name]!);
  syncBuiltinESMExports(); // also for those who have imported them already
}
