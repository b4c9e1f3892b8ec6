import type { LeadershipStore } from '../lib/contract.js';
import { invalidUrl, parseStoreUrl, type StoreUrl } from './store-url.js';

type Open = (url: StoreUrl, env: Environment) => Promise<LeadershipStore>;

type Environment = Readonly<Record<string, string | undefined>>;

/** One line per backend. Each is loaded only when it is asked for. */
const backends: Readonly<Record<string, Open>> = {
  etcd: async (url, env) => (await import('./open-etcd.js')).openEtcd(url, env),
  consul: async (url, env) => (await import('./open-consul.js')).openConsul(url, env),
  file: async (url) => (await import('./open-local.js')).openLocal(url),
  memory: async (url) => (await import('./open-memory.js')).openMemory(url),
  zk: async (url) => (await import('./open-zookeeper.js')).openZooKeeper(url),
  zookeeper: async (url) => (await import('./open-zookeeper.js')).openZooKeeper(url),
};

/**
 * Opens the store that a URL names, and loads just that backend.
 *
 * - `etcd://user:password@h1:2379,h2:2379/prefix?ttl=15000`; `etcd+tls://…?ca=&cert=&key=` with
 *   paths of files. Where the URL is silent, the environment of etcdctl speaks: `ETCDCTL_ENDPOINTS`,
 *   `ETCDCTL_USER`, `ETCDCTL_PASSWORD`, `ETCDCTL_CACERT`, `ETCDCTL_CERT`, `ETCDCTL_KEY`.
 * - `consul://h1:8500/prefix?ttl=15000&dc=&token=`, `consul+tls://…?ca=&cert=&key=`. Where the URL is
 *   silent: `CONSUL_HTTP_ADDR`, `CONSUL_HTTP_TOKEN`, `CONSUL_HTTP_SSL`, `CONSUL_CACERT`,
 *   `CONSUL_CLIENT_CERT`, `CONSUL_CLIENT_KEY`.
 * - `zk://user:password@h1:2181,h2:2181/chroot?ttl=15000`, or `zookeeper://…`.
 * - `file:///var/lib/my-app?ttl=5000`: all processes of this machine that open the directory.
 * - `memory://name`: all stores of that name in this process run in the same elections.
 *
 * @example
 * const store = await openStore('etcd://127.0.0.1:2379/my-app');
 */
export async function openStore(url: string): Promise<LeadershipStore> {
  const parsed = parseStoreUrl(url);
  const open = Object.hasOwn(backends, parsed.scheme) ? backends[parsed.scheme] : undefined;
  if (open === undefined) {
    const known = Object.keys(backends).map((scheme) => `${scheme}://`);
    throw invalidUrl(parsed, `unknown scheme "${parsed.scheme}": write one of ${known.join(', ')}`);
  }
  return open(parsed, globalThis.process.env);
}
