import { afterAll, beforeAll } from 'vitest';
import { consulStore } from '../../../stores/consul/index.js';
import { conformance } from '../../../testing/index.js';
import { ConsulServer } from '../../support/consul-server.js';
import { Proxied, runClosing, withVitest } from '../conformance-harness.js';

const ttl = 2_000;

/** `ttlCheck`: whether leases depend on one. */
export function keepsTheContract(ttlCheck: boolean): void {
  let server: ConsulServer;
  const proxied = new Proxied(
    () => server,
    (port) => consulStore({ address: `http://127.0.0.1:${port}`, ttl, ttlCheck }),
  );

  beforeAll(async () => {
    server = await ConsulServer.start();
  });
  afterAll(async () => {
    proxied.stop();
    await server.stop();
  });

  const sessionOn = async (key: string): Promise<string> => {
    const [entry] = (await server.ask<{ Session?: string }[]>('GET', `kv/${key}`)) ?? [];
    if (entry?.Session === undefined) throw new Error(`nobody leads ${key}`);
    return entry.Session;
  };

  conformance({
    ...withVitest,
    open: proxied.open,
    ttl,
    // A session may last for twice its ttl, a check for once, and then nobody gets a key for a ttl.
    manifest: {
      queue: false,
      ahead: false,
      contenders: false,
      hold: (ttlCheck ? 2 : 3) * ttl + 1_000,
    },
    faults: {
      ...proxied.faults,
      deleteClaim: async (key) => {
        await server.ask('DELETE', `kv/${key}`);
      },
      overwriteClaim: async (key, id) => {
        await server.ask('PUT', `kv/${key}`, id);
      },
      endSession: async (key) => {
        await server.ask('PUT', `session/destroy/${await sessionOn(key)}`);
      },
      runAlone: (name) =>
        runClosing(name, `consul://127.0.0.1:${server.port}?ttlCheck=${String(ttlCheck)}`),
    },
  });
}
