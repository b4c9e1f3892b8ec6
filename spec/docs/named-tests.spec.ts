import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const inOneLine = (text: string) => text.replace(/\s+/gu, ' ');

// A test is named as its file in backticks and its title in italics: `spec/lib/a.spec.ts`: _title_
const named = /`(spec\/[^`]+\.spec\.ts)`: _(.+?)_(?![a-z])/gu;

it.each(['docs/guarantees.md', 'docs/original.md'])('%s names tests that are there', (page) => {
  const missing = [...inOneLine(read(page)).matchAll(named)].filter(
    ([, file = '', title = '']) => !hasTest(read(file), title),
  );
  expect(missing.map(([whole]) => whole)).toEqual([]);
});

it('docs/guarantees.md names a test for each promise', () => {
  const [, promises = ''] = read('docs/guarantees.md').split('## What is promised');
  const [list = ''] = promises.split('## How long things take');
  const items = list.split(/\n(?=\d+\. |- )/u).slice(1);
  expect(items.length).toBeGreaterThan(10);
  expect(items.filter((item) => inOneLine(item).match(named) === null)).toEqual([]);
});

it('docs/original.md has every point of the original, and a test for each', () => {
  const files = readdirSync(`${root}spec/lib`).filter((file) => file.startsWith('original-'));
  const specs = files.map((file) => read(`spec/lib/${file}`)).join('');
  const rows = [...read('docs/original.md').matchAll(/^\| (\S+) +\|.*\| (\S.*?) +\|$/gmu)];
  const points = rows.filter(([, point = '']) => /^[RCFBS]\d+$/u.test(point));
  const all = [10, 15, 8, 10, 11].flatMap((count, kind) =>
    Array.from({ length: count }, (_, index) => `${'RCFBS'.charAt(kind)}${String(index + 1)}`),
  );
  expect(points.map(([, point]) => point)).toEqual(all);
  const own = rows.flatMap(([, , test = '']) => /^_(.+)_$/u.exec(test)?.[1] ?? []);
  expect(own.filter((title) => !hasTest(specs, title))).toEqual([]);
});

/** Whether a test has this title, written as a string or as a template of `it.each`. */
function hasTest(spec: string, title: string): boolean {
  return [`'${title}`, `"${title}`, `\`${title}`].some((start) => spec.includes(start));
}
