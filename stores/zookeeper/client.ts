import type { ACL, Client, Id, Permission } from 'node-zookeeper-client';
import { LeadershipError } from '../../lib/errors.js';

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
  try {
    return (await load()) as Library;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.endsWith('MODULE_NOT_FOUND')) throw error;
    const message =
      'the package node-zookeeper-client is not installed: npm install node-zookeeper-client';
    throw new LeadershipError('client-missing', message, { cause: error });
  }
}
