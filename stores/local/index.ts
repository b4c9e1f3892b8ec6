export { localStore } from './store.js';
export type { LocalStoreOptions } from './options.js';
