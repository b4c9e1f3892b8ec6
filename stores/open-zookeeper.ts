import type { LeadershipStore } from '../lib/contract.js';
import { LeadershipError } from '../lib/errors.js';
import { invalidUrl, type StoreUrl } from './store-url.js';
import { durationsOf, parametersOf } from './url-parameters.js';
import type { ZooKeeperStoreOptions } from './zookeeper/index.js';

/** The path of the URL is the chroot, as in ZooKeeper's own connection strings. */
export async function openZooKeeper(url: StoreUrl): Promise<LeadershipStore> {
  const options = zookeeperOptions(url);
  const { openZooKeeperStore } = await import('./zookeeper/open.js');
  return openZooKeeperStore(options);
}

/** For {@link openZooKeeper}, without opening anything. */
export function zookeeperOptions(url: StoreUrl): ZooKeeperStoreOptions {
  if (url.tls)
    throw new LeadershipError(
      'unsupported',
      `store URL "${url.shown}": the npm client node-zookeeper-client has no TLS`,
    );
  const { ttl, margin, staleAfter } = parametersOf(url, ['ttl', 'margin', 'staleAfter']);
  if (url.hosts.length === 0) throw invalidUrl(url, 'no host: write zk://host:2181');
  return {
    hosts: url.hosts.map(({ host, port = 2181 }) => `${host}:${String(port)}`),
    chroot: url.path,
    ...(url.user && { auth: url.user }),
    ...durationsOf(url, { ttl, margin, staleAfter }),
  };
}
