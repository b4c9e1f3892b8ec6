export { webLocksStore } from './store.js';
export type { WebLocksStoreOptions } from './options.js';
