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

    it('scheduled-job.ts: one replica at a time does the job', async () => {
      const report = (id: string, token: number) =>
        `${id} wrote a report in the term with token ${token}`;
      const [anns, bobs] = [report('ann', 1), report('bob', 2)];
      expect(await runExample('scheduled-job.ts')).toEqual([anns, anns, anns, bobs, bobs, bobs]);
    });

    it('outbox.ts: each message once, and what a former leader sends late is refused', async () => {
      expect(await runExample('outbox.ts')).toEqual([
        ...[1, 2, 3].map((order) => `order ${order} with token 2: sent`),
        'order 0, of ann, late with token 1: refused',
      ]);
    });

    it('leader-proxy.ts: the leader answers, whoever is asked', async () => {
      expect(await runExample('leader-proxy.ts')).toEqual([
        'ann has answered /orders/1',
        'bob has answered /orders/2',
      ]);
    });

    it('sharded-workers.ts: two shards each, also when one of three has left', async () => {
      const [before = '', ...after] = await runExample('sharded-workers.ts');
      const counts = [...before.matchAll(/ (\d)/gu)].map(([, count]) => Number(count));
      expect(Math.max(...counts)).toBeLessThanOrEqual(2);
      expect(after).toEqual(['bob 2, cleo 2']);
    });

    it('metrics.ts: numbers for Prometheus, and a line for each transition', async () => {
      const lines = await runExample('metrics.ts');
      const labels = '{name="service/jobs/leader",store="memory"}';
      expect(lines).toEqual(
        expect.arrayContaining([
          `leader_election_master_status${labels} 1`,
          `rx_leadership_vacant${labels} 0`,
          `rx_leadership_terms_total${labels} 1`,
        ]),
      );
      expect(lines.join('\n')).toContain('service/jobs/leader: leading with token 1');
    });

    it('feed.ts: a feed, followed over HTTP, and its page', async () => {
      expect(await runExample('feed.ts')).toEqual([
        'the feed says: ann leads with token 1',
        'a page shows: ann',
        'the page: text/html; charset=utf-8',
      ]);
    });

    it('feed-servers.ts: behind Express, Fastify and NestJS', async () => {
      const answer = '403 for strangers, ann for eve';
      const servers = ['Express', 'Fastify', 'NestJS'];
      expect(await runExample('feed-servers.ts')).toEqual(
        servers.map((name) => `${name}: ${answer}`),
      );
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
