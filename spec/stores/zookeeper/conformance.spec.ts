import { afterAll, beforeAll, describe } from 'vitest';
import type { LeadershipStore } from '../../../lib/index.js';
import { zookeeperStore } from '../../../stores/zookeeper/index.js';
import { conformance } from '../../../testing/index.js';
import { TcpProxy } from '../../support/proxy.js';
import { ZooKeeperOperator } from '../../support/zookeeper-operator.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';
import { runClosing, withVitest } from '../conformance-harness.js';

const ttl = 2_000;

describe('the ZooKeeper store keeps the contract, on a real server', () => {
  let server: ZooKeeperServer;
  let operator: ZooKeeperOperator;
  const proxies = new Map<LeadershipStore, TcpProxy>();

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
    operator = new ZooKeeperOperator(`127.0.0.1:${server.port}`);
  });
  afterAll(async () => {
    for (const proxy of proxies.values()) proxy.stop();
    await operator.close();
    await server.stop();
  });

  const through = (proxy: TcpProxy): LeadershipStore => {
    const store = zookeeperStore({ hosts: `127.0.0.1:${proxy.port}`, ttl });
    proxies.set(store, proxy);
    return store;
  };

  const proxyOf = (store: LeadershipStore): TcpProxy => {
    const proxy = proxies.get(store);
    if (proxy === undefined) throw new Error('this store has no proxy');
    return proxy;
  };

  const claimOf = async (key: string, id: string): Promise<string> => {
    const found = (await operator.claims(key)).find(({ value }) => value.split('\0')[0] === id);
    if (found === undefined) throw new Error(`${id} has no claim on ${key}`);
    return found.path;
  };

  conformance({
    ...withVitest,
    open: async () => through(await TcpProxy.start(server.port)),
    ttl,
    manifest: { hold: ttl + 1_500, keepsOverwritten: false },
    faults: {
      deleteClaim: async (key, id) => operator.remove(await claimOf(key, id)),
      overwriteClaim: async (key, id) => {
        const [first] = await operator.claims(key);
        if (first === undefined) throw new Error(`nobody leads ${key}`);
        await operator.overwrite(first.path, id);
      },
      endSession: async (key, id) => operator.endSession(await claimOf(key, id)),
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
      runAlone: (name) => runClosing(name, `zk://127.0.0.1:${server.port}`),
    },
  });
});
