import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const pages = [
  'README.md',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

/** `examples/file.ts`, or `examples/file.ts#name` for what stands between the marks of a region. */
function example(source: string): string {
  const [path = '', region] = source.split('#');
  const text = read(path);
  if (region === undefined) return text;
  const [, marked] =
    new RegExp(`// #region ${region}\n([^]*?)// #endregion\n`, 'u').exec(text) ?? [];
  return marked ?? `${path} has no region ${region}`;
}

describe.each(pages)('%s', (page) => {
  const text = read(page);
  const snippets = [...text.matchAll(/(?:<!-- (\S+) -->\n\n)?```ts\n([^]*?)```/gu)];

  it('has only code that is an example, word for word', () => {
    for (const [, source = 'no comment that names the example', code] of snippets) {
      expect(source).toMatch(/^examples\/[a-z-/]+(\.spec)?\.ts(#[a-z-]+)?$/u);
      expect(code).toBe(example(source));
    }
  });

  it('has only links to files that are there', () => {
    const folder = page.startsWith('docs/') ? page.replace(/[^/]+$/u, '') : '';
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/gu)].map(
      ([, target = '']) => target,
    );
    expect(targets.filter((target) => !existsSync(root + folder + target))).toEqual([]);
  });
});
