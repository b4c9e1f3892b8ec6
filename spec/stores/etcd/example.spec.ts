import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runExample } from '../../docs/run-example.js';
import { Child } from '../../support/child.js';
import { EtcdServer } from '../../support/etcd-server.js';

it('examples/etcd.ts leads on a real server, and leaves nothing behind', async () => {
  const server = await EtcdServer.start();
  try {
    const url = `etcd://127.0.0.1:${String(server.port)}?ttl=10000`;
    const first = await runExample('etcd.ts', url);
    expect(first).toEqual([
      'joining',
      expect.stringMatching(/^leading with token \d+$/u),
      'resigning (stopped)',
    ]);
    const second = await runExample('etcd.ts', url); // at once: the key was given back
    expect(second).toHaveLength(3);
  } finally {
    await server.stop();
  }
});

it('examples/migration.ts: of three that start at once one migrates, all serve', async () => {
  const server = await EtcdServer.start();
  const file = join(tmpdir(), `rx-leadership-migration-${process.pid}`);
  try {
    const url = `etcd://127.0.0.1:${server.port}?ttl=10000`;
    const start = () => runExample('migration.ts', url, file);
    const all = await Promise.all([start(), start(), start()]);
    expect(all.map(([what]) => what).sort()).toEqual([
      'has migrated',
      'is migrated already',
      'is migrated already',
    ]);
    expect(all.map((lines) => lines.at(-1))).toEqual(['serves', 'serves', 'serves']);
  } finally {
    rmSync(file, { force: true });
    await server.stop();
  }
});

it('examples/graceful-shutdown.ts: the job is finished, then the next one leads', async () => {
  const server = await EtcdServer.start();
  try {
    const url = `etcd://127.0.0.1:${server.port}?ttl=20000`;
    const start = (id: string) => {
      const program = ['--import', 'tsx', 'examples/graceful-shutdown.ts', url, id];
      return new Child(process.execPath, program);
    };
    const says = (child: Child, what: RegExp) =>
      child.until(String(what), () => child.lines.find((line) => what.test(line)));
    const ann = start('ann');
    await says(ann, /^begins a job/u);
    const bob = start('bob');
    await says(bob, /^waiting, 1 ahead$/u);
    const jobs = (child: Child) => child.lines.filter((line) => / a job /u.test(line));
    const begun = jobs(ann).length;
    await ann.until('another job', () => {
      const line = jobs(ann).at(-1) ?? '';
      return jobs(ann).length > begun && line.startsWith('begins') ? line : undefined;
    });
    ann.signal('SIGTERM');
    const asked = performance.now();
    expect(await ann.exited).toEqual({ code: 0, signal: null });
    expect(ann.log).toBe('');
    expect(jobs(ann).at(-1)).toMatch(/^has finished/u); // the one under way
    await says(bob, /^leading/u);
    expect(performance.now() - asked).toBeLessThan(8_000); // much less than the ttl
    bob.signal('SIGTERM');
    expect(await bob.exited).toEqual({ code: 0, signal: null });
  } finally {
    await server.stop();
  }
});
