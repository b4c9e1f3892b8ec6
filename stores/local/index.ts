export { listProcessGroup } from './process-groups.js';
export { localStore } from './store.js';
export type { LocalStoreOptions } from './options.js';
