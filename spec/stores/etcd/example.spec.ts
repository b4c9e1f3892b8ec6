import { expect, it } from 'vitest';
import { runExample } from '../../docs/run-example.js';
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
