import { afterAll, beforeAll, describe } from 'vitest';
import { etcdStore } from '../../../stores/etcd/index.js';
import { conformance } from '../../../testing/index.js';
import { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { Proxied, runClosing, withVitest } from '../conformance-harness.js';

const ttl = 2_000;

describe('the etcd store keeps the contract, on a real server', () => {
  let server: EtcdServer;
  const proxied = new Proxied(
    () => server,
    (port) => etcdStore({ hosts: `http://127.0.0.1:${port}`, ttl }),
  );

  beforeAll(async () => {
    server = await EtcdServer.start();
  });
  afterAll(async () => {
    proxied.stop();
    await server.stop();
  });

  /** The key and the lease under which a claim is written. */
  const claimOf = async (key: string, id: string) => {
    const json = await etcdctl(['get', '--prefix', `${key}/`, '--write-out=json'], server);
    const { kvs = [] } = JSON.parse(json) as {
      kvs?: { key: string; value: string; lease?: string | number }[];
    };
    const text = (base64: string) => Buffer.from(base64, 'base64').toString();
    const found = kvs.find(({ value }) => text(value).split('\0')[0] === id);
    if (found === undefined) throw new Error(`${id} has no claim on ${key}`);
    return text(found.key);
  };

  conformance({
    ...withVitest,
    open: proxied.open,
    ttl,
    // The server looks for expired leases every half second; a busy machine is slow.
    manifest: { hold: ttl + 1_500 },
    faults: {
      ...proxied.faults,
      deleteClaim: async (key, id) => {
        await etcdctl(['del', await claimOf(key, id)], server);
      },
      overwriteClaim: async (key, id) => {
        const [first] = await sorted(key);
        if (first === undefined) throw new Error(`nobody leads ${key}`);
        await etcdctl(['put', first, id], server);
      },
      endSession: async (key, id) => {
        const lease = /\/([0-9a-f]+)-[^/]*$/.exec(await claimOf(key, id))?.[1] ?? '';
        await etcdctl(['lease', 'revoke', lease], server);
      },
      runAlone: (name) => runClosing(name, `etcd://127.0.0.1:${server.port}`),
    },
  });

  /** The keys of an election, the leader first. */
  async function sorted(key: string): Promise<string[]> {
    const order = ['--sort-by=CREATE', '--order=ASCEND'];
    const out = await etcdctl(['get', '--prefix', '--keys-only', ...order, `${key}/`], server);
    return out.split('\n').filter((line) => line !== '');
  }
});
