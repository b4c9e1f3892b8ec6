import { describe, expect, it } from 'vitest';
import { runExample } from './run-example.js';

describe(
  'the examples run, say what they should, and end by themselves',
  { timeout: 30_000 },
  () => {
    it('first-program.ts', async () => {
      const line = 'did a job in the term with token 1';
      expect(await runExample('first-program.ts')).toEqual([line, line, line]);
    });

    it('follow.ts', async () => {
      expect(await runExample('follow.ts')).toEqual([
        'nobody -> ann http://ann.example',
        'ann -> bob http://bob.example',
        'bob -> nobody ',
      ]);
    });

    it('candidate.ts', async () => {
      const lines = await runExample('candidate.ts');
      expect(lines.filter((line) => !line.startsWith('leader: '))).toEqual(['end', 'begin', 'end']);
      const leaders = lines.filter((line) => line.startsWith('leader: '));
      expect(leaders.at(-1)).toBe('leader: nobody');
      expect(leaders).toContain('leader: underwood');
    });

    it('demo.ts: four terms one after the other, and the follower sees each', async () => {
      const began = performance.now();
      const lines = await runExample('demo.ts');
      expect(performance.now() - began).toBeLessThan(15_000);
      expect(lines.at(-1)).toContain('4 terms, tokens 1 < 2 < 3 < 4');
      expect(lines.filter((line) => line.includes('BUG'))).toEqual([]);
      const seen = lines.flatMap((line) => / eve +sees (\w+) lead$/u.exec(line)?.[1] ?? []);
      expect(seen.slice(0, 4)).toEqual(['ann', 'bob', 'cleo', 'ann']);
      expect(lines.filter((line) => / leading with token /u.test(line))).toHaveLength(4);
      expect(lines.join('\n')).toMatch(
        /isValid\(\) of his term: false[^]*her term began \d+ ms after/u,
      );
    });
  },
);
