import type { LeadershipStore } from '../lib/contract.js';
import { MemoryServer, memoryStore } from './memory/index.js';
import { invalidUrl, type StoreUrl } from './store-url.js';
import { durationsOf, parametersOf } from './url-parameters.js';

/** One world per name, for as long as the process lives. */
const servers = new Map<string, MemoryServer>();

export function openMemory(url: StoreUrl): LeadershipStore {
  const { ttl, margin, staleAfter } = parametersOf(url, ['ttl', 'margin', 'staleAfter']);
  const [name, ...more] = url.hosts;
  if (url.tls || url.user !== undefined || more.length > 0 || name?.port !== undefined)
    throw invalidUrl(url, 'write memory://name');
  const world = [name?.host ?? '', url.path].join('/');
  const server = servers.get(world) ?? new MemoryServer();
  servers.set(world, server);
  return memoryStore({ server, ...durationsOf(url, { ttl, margin, staleAfter }) });
}
