import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as operators from '../../operators/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const page = read('docs/operators.md');
const pictures = [...page.matchAll(/<!-- (\S+\.ts) -->\n\n```text\n([^]*?)\n```/gu)].map(
  ([, file = '', picture = '']) => ({ file, picture }),
);

describe('docs/operators.md', () => {
  it.each(pictures)('has the picture of $file as it is there', ({ file, picture }) => {
    const comments = read(file).replaceAll(/^ \* ?/gmu, '');
    const indented = picture.replaceAll(/^(?=.)/gmu, '    ');
    expect(comments).toContain(indented);
  });

  it('names every operator, and shows the picture of each', () => {
    const named = Object.keys(operators).filter((name) => !page.includes(`\`${name}`));
    expect(named).toEqual([]);
    const shown = new Set(pictures.map(({ file }) => file));
    const exported = [...read('operators/index.ts').matchAll(/from '\.\/(.+)\.js'/gu)]
      .map(([, name = '']) => `operators/${name}.ts`)
      .filter((file) => /^ \* {5}\S.*-/mu.test(read(file)));
    expect(exported.filter((file) => !shown.has(file))).toEqual([]);
  });
});
