import { userInfo } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LeadershipStore } from '../lib/contract.js';
import { openStore } from '../stores/open-store.js';
import { CommandError, exitCodes } from './exit-codes.js';

/** Where the store stands when no option names it. */
export const storeVariable = 'RX_LEADERSHIP_STORE';

type Environment = Readonly<Record<string, string | undefined>>;

/** The option, else the environment, else a directory of this user on this machine. */
export function storeUrl(given: string | undefined, env: Environment = process.env): string {
  const named = given ?? env[storeVariable] ?? '';
  return named === '' ? pathToFileURL(userDirectory()).href : named;
}

/**
 * Where this user's candidates meet. By the user alone, whatever the environment says: a job of cron
 * and a terminal, whose environments differ, must not each have a leader of their own. In the home
 * directory, as it should outlive a restart of the machine, so that tokens go on growing.
 */
function userDirectory(): string {
  return join(homeOfUser(), ...foldersOfState(), 'rx-leadership');
}

function foldersOfState(): readonly string[] {
  if (process.platform === 'win32') return ['AppData', 'Local'];
  if (process.platform === 'darwin') return ['Library', 'Application Support'];
  return ['.local', 'state'];
}

function homeOfUser(): string {
  try {
    return userInfo().homedir; // of the user database, whatever HOME says
  } catch {
    throw new CommandError(
      exitCodes.configuration,
      `this user has no home directory for the local store: name a store with --store or ${storeVariable}, for example file:///var/lib/my-app`,
    );
  }
}

/** Opens the store for `use`, and closes it whatever comes of that. */
export async function withStore<T>(
  url: string,
  use: (store: LeadershipStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(url);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
