import type { LeadershipStore } from '../../lib/contract.js';
import { readNamedFile } from '../shared/files.js';
import { loadLibrary } from './client.js';
import type { ConsulStoreOptions } from './options.js';
import { consulStore } from './store.js';

/** Paths of PEM files. */
export interface ConsulFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Opens it once the files are read and the npm client is there. */
export async function openConsulStore(
  options: ConsulStoreOptions,
  files: ConsulFiles,
): Promise<LeadershipStore> {
  const read: Record<string, Buffer> = {};
  for (const [name, path] of Object.entries(files) as [string, string | undefined][])
    if (path !== undefined) read[name] = await readNamedFile(name, path);
  const whole = Object.keys(read).length === 0 ? options : { ...options, tls: read };
  const store = consulStore(whole);
  await loadLibrary();
  return store;
}
