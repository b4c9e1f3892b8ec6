import type { LeadershipStore } from '../../lib/contract.js';
import { loadClient } from './client.js';
import type { ZooKeeperStoreOptions } from './options.js';
import { zookeeperStore } from './store.js';

/** Opens it once the npm client is there. */
export async function openZooKeeperStore(options: ZooKeeperStoreOptions): Promise<LeadershipStore> {
  const store = zookeeperStore(options);
  await loadClient();
  return store;
}
