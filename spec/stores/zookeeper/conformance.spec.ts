import { afterAll, beforeAll, describe } from 'vitest';
import { zookeeperStore } from '../../../stores/zookeeper/index.js';
import { conformance } from '../../../testing/index.js';
import { ZooKeeperOperator } from '../../support/zookeeper-operator.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';
import { Proxied, runClosing, withVitest } from '../conformance-harness.js';

const ttl = 2_000;

describe('the ZooKeeper store keeps the contract, on a real server', () => {
  let server: ZooKeeperServer;
  let operator: ZooKeeperOperator;
  const proxied = new Proxied(
    () => server,
    (port) => zookeeperStore({ hosts: `127.0.0.1:${port}`, ttl }),
  );

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
    operator = new ZooKeeperOperator(`127.0.0.1:${server.port}`);
  });
  afterAll(async () => {
    proxied.stop();
    await operator.close();
    await server.stop();
  });

  const claimOf = async (key: string, id: string): Promise<string> => {
    const found = (await operator.claims(key)).find(({ value }) => value.split('\0')[0] === id);
    if (found === undefined) throw new Error(`${id} has no claim on ${key}`);
    return found.path;
  };

  conformance({
    ...withVitest,
    open: proxied.open,
    ttl,
    manifest: { hold: ttl + 1_500, keepsOverwritten: false },
    faults: {
      ...proxied.faults,
      deleteClaim: async (key, id) => operator.remove(await claimOf(key, id)),
      overwriteClaim: async (key, id) => {
        const [first] = await operator.claims(key);
        if (first === undefined) throw new Error(`nobody leads ${key}`);
        await operator.overwrite(first.path, id);
      },
      endSession: async (key, id) => operator.endSession(await claimOf(key, id)),
      runAlone: (name) => runClosing(name, `zk://127.0.0.1:${server.port}`),
    },
  });
});
