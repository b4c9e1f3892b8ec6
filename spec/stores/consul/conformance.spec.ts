import { afterAll, beforeAll, describe } from 'vitest';
import type { LeadershipStore } from '../../../lib/index.js';
import { consulStore } from '../../../stores/consul/index.js';
import { conformance } from '../../../testing/index.js';
import { ConsulServer } from '../../support/consul-server.js';
import { TcpProxy } from '../../support/proxy.js';
import { runClosing, withVitest } from '../conformance-harness.js';

const ttl = 2_000;

describe('the Consul store keeps the contract, on a real server', () => {
  let server: ConsulServer;
  const proxies = new Map<LeadershipStore, TcpProxy>();

  beforeAll(async () => {
    server = await ConsulServer.start();
  });
  afterAll(async () => {
    for (const proxy of proxies.values()) proxy.stop();
    await server.stop();
  });

  const through = (proxy: TcpProxy): LeadershipStore => {
    const store = consulStore({ address: `http://127.0.0.1:${proxy.port}`, ttl });
    proxies.set(store, proxy);
    return store;
  };

  const proxyOf = (store: LeadershipStore): TcpProxy => {
    const proxy = proxies.get(store);
    if (proxy === undefined) throw new Error('this store has no proxy');
    return proxy;
  };

  const sessionOn = async (key: string): Promise<string> => {
    const [entry] = (await server.ask<{ Session?: string }[]>('GET', `kv/${key}`)) ?? [];
    if (entry?.Session === undefined) throw new Error(`nobody leads ${key}`);
    return entry.Session;
  };

  conformance({
    ...withVitest,
    open: async () => through(await TcpProxy.start(server.port)),
    ttl,
    // A session may last for twice its ttl, and then nobody gets its keys for a ttl.
    manifest: { queue: false, ahead: false, contenders: false, hold: 3 * ttl + 1_000 },
    faults: {
      deleteClaim: async (key) => {
        await server.ask('DELETE', `kv/${key}`);
      },
      overwriteClaim: async (key, id) => {
        await server.ask('PUT', `kv/${key}`, id);
      },
      endSession: async (key) => {
        await server.ask('PUT', `session/destroy/${await sessionOn(key)}`);
      },
      cut: (store) => {
        const proxy = proxyOf(store);
        proxy.blackhole();
        return () => proxy.heal();
      },
      holdReplies: (store) => {
        const proxy = proxyOf(store);
        proxy.down.mode = 'hold';
        return () => proxy.heal();
      },
      freeze: () => {
        server.freeze();
        return () => server.thaw();
      },
      restart: () => server.restart(),
      openUnreachable: async () => {
        const proxy = await TcpProxy.start(server.port);
        proxy.refuse();
        return through(proxy);
      },
      runAlone: (name) => runClosing(name, `consul://127.0.0.1:${server.port}`),
    },
  });
});
