import type { ACL, Client, Id, Permission } from 'node-zookeeper-client';
import { loadPackage } from '../shared/package.js';

export type { Stat } from 'node-zookeeper-client';

/** What this store uses of the npm client. */
export interface Library {
  readonly createClient: (hosts: string, options: Readonly<Record<string, unknown>>) => Client;
  readonly ACL: typeof ACL;
  readonly Id: typeof Id;
  readonly Permission: typeof Permission;
}

/** Loads the npm client, not before it is needed. */
export async function loadClient(
  load: () => Promise<unknown> = () => import('node-zookeeper-client'),
): Promise<Library> {
  return (await loadPackage('node-zookeeper-client', load)) as Library;
}
