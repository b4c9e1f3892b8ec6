// A CommonJS file of TypeScript: it sees the declarations of the CJS build.
import { campaign, LeadershipError, whileLeader, type LeadershipStore } from 'rx-leadership';
import { memoryStore } from 'rx-leadership/stores/memory';

export const error = new LeadershipError('store-closed', 'closed');
export const store: LeadershipStore = memoryStore();
export const leadership$ = campaign(store, { key: 'key', id: 'id' });
export const work = whileLeader((term) => [term.token]);
