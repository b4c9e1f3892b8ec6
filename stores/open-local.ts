import type { LeadershipStore } from '../lib/contract.js';
import type { LocalStoreOptions } from './local/index.js';
import { invalidUrl, type StoreUrl } from './store-url.js';
import { durationsOf, parametersOf } from './url-parameters.js';

/** The path of the URL is the directory: `file:///var/lib/my-app`. */
export async function openLocal(url: StoreUrl): Promise<LeadershipStore> {
  const options = localOptions(url);
  const { localStore } = await import('./local/index.js');
  return localStore(options);
}

/** For {@link openLocal}, without opening anything. */
export function localOptions(url: StoreUrl): LocalStoreOptions {
  if (url.tls || url.user !== undefined || url.hosts.length > 0 || url.path === '')
    throw invalidUrl(url, 'write file:///path/of/the/directory, with three slashes');
  const { ttl, margin, staleAfter } = parametersOf(url, ['ttl', 'margin', 'staleAfter']);
  return { directory: `/${url.path}`, ...durationsOf(url, { ttl, margin, staleAfter }) };
}
