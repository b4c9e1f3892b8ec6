import { ConsulServer } from '../spec/support/consul-server.js';
import type { EtcdServer } from '../spec/support/etcd-server.js';
import { ZooKeeperServer } from '../spec/support/zookeeper-server.js';
import { Onlooker, startEtcd } from './etcd.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendName } from './sides/index.js';
import { prefixes } from './sides/side.js';

/** A server to be measured on, set up as in production. */
export interface BenchServer {
  readonly backend: BackendName;
  readonly port: number;
  /** As `openStore` takes it. */
  url(port?: number): string;
  /** `undefined` but on etcd. */
  readonly etcd?: EtcdServer;
  /** Resolves when so many claims stand in the queue of an election, and their watches are set. */
  queued(side: keyof typeof prefixes, key: string, count: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * For watches to be there, once a claim is in the queue. Those of `etcd3` and of etcdctl start in
 * the past, and the server lets such watches catch up every 100 ms only.
 */
const settle = 130;

async function etcd(): Promise<BenchServer> {
  const server = await startEtcd();
  const onlooker = new Onlooker(server);
  return {
    backend: 'etcd',
    etcd: server,
    port: server.port,
    url: (port = server.port) => `etcd://127.0.0.1:${port}`,
    queued: async (side, key, count) => {
      await onlooker.until(prefixes[side](key), count);
      await sleep(settle);
    },
    stop: async () => {
      onlooker.close();
      await server.stop();
    },
  };
}

/** Nobody stands in a queue there that could be looked at: longer than anybody needs to join. */
const joining = 200;

async function consul(): Promise<BenchServer> {
  const server = await ConsulServer.start();
  return {
    backend: 'consul',
    port: server.port,
    url: (port = server.port) => `consul://127.0.0.1:${port}`,
    queued: () => sleep(joining),
    stop: () => server.stop(),
  };
}

async function zookeeper(): Promise<BenchServer> {
  const server = await ZooKeeperServer.start({
    tickTime: 2_000,
    java: ['-Dzookeeper.forceSync=yes'],
  });
  return {
    backend: 'zookeeper',
    port: server.port,
    url: (port = server.port) => `zk://127.0.0.1:${port}`,
    queued: () => sleep(joining),
    stop: () => server.stop(),
  };
}

export const startBackend = { etcd, consul, zookeeper } as const satisfies Record<
  BackendName,
  () => Promise<BenchServer>
>;
