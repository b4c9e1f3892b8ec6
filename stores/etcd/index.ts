export type { EtcdStoreOptions } from './options.js';
export { etcdStore } from './store.js';
