import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Child } from '../support/child.js';
import { onEachBackend, type BackendServer } from './backends.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

function run(program: string, ...args: string[]): Child {
  const file = `examples/original/${program}.ts`;
  return new Child(process.execPath, ['--import', 'tsx', file, ...args], { cwd: root });
}

function says(child: Child, line: string, times = 1): Promise<true> {
  const said = () => child.lines.filter((each) => each === line).length >= times;
  return child.until(line, () => said() || undefined, 30_000);
}

onEachBackend((backend) => {
  let server: BackendServer;
  beforeAll(async () => {
    server = await backend.start();
  });
  afterAll(() => server.stop());

  it(
    'the two programs of the original: one leads, is killed, the other leads, resigns in order',
    { timeout: 90_000 },
    async () => {
      const url = server.url(server.port);
      const follower = run('follower', url);
      await says(follower, 'the leader is nobody'); // though nobody has ever run
      const underwood = run('candidate', url, 'underwood');
      await says(underwood, 'underwood leads: do what leaders do');
      expect(underwood.lines[0]).toBe('underwood does not lead');
      await says(follower, 'the leader is underwood');
      const dunbar = run('candidate', url, 'dunbar');
      await says(dunbar, 'dunbar does not lead');
      await underwood.kill();
      await says(dunbar, 'dunbar leads: do what leaders do');
      await says(follower, 'the leader is dunbar');
      dunbar.signal('SIGTERM');
      expect(await dunbar.exited).toEqual({ code: 0, signal: null });
      expect(dunbar.lines.filter((line) => line.includes('does not lead'))).toHaveLength(2);
      await says(follower, 'the leader is nobody', 2);
      follower.signal('SIGTERM');
      expect(await follower.exited).toEqual({ code: 0, signal: null });
    },
  );
});
