export { memoryStore, type MemoryStore, type MemoryStoreOptions } from './store.js';
export { MemoryServer, type MemoryServerOptions, type MemorySession } from './server.js';
export type { RequestKind } from './link.js';
