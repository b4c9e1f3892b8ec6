import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LeadershipStore } from '../lib/contract.js';
import { openStore } from '../stores/open-store.js';

/** Where the store stands when no option names it. */
export const storeVariable = 'RX_LEADERSHIP_STORE';

type Environment = Readonly<Record<string, string | undefined>>;

/** The option, else the environment, else a directory of this user on this machine. */
export function storeUrl(given: string | undefined, env: Environment = process.env): string {
  const named = given ?? env[storeVariable] ?? '';
  return named === '' ? pathToFileURL(userDirectory(env)).href : named;
}

/** It outlives a restart of the machine, so that tokens go on growing. */
function userDirectory(env: Environment): string {
  return join(stateFolder(env), 'rx-leadership');
}

function stateFolder(env: Environment): string {
  if (process.platform === 'win32')
    return env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  const { XDG_STATE_HOME = '' } = env;
  return XDG_STATE_HOME === '' ? join(homedir(), '.local', 'state') : resolve(XDG_STATE_HOME);
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
