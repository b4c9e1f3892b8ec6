export type { ConsulTls } from './client.js';
export type { ConsulStoreOptions } from './options.js';
export { consulStore } from './store.js';
