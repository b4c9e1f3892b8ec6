export type { ZooKeeperStoreOptions } from './options.js';
export { zookeeperStore } from './store.js';
