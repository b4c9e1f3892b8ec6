import type { EtcdServer } from './etcd-server.js';
import { etcdctl } from './etcdctl.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a server with authentication knows besides its administrator. */
export interface EtcdAuth extends Credentials {
  /** The user may read and write the keys that begin with this, and no others. */
  readonly prefix: string;
  /** After how many milliseconds without use a login is forgotten; whole seconds. Default 300 000. */
  readonly tokenTtl?: number;
}

export const administrator: Credentials = { username: 'root', password: 'root' };

/** Makes the administrator and the user, and switches authentication on. */
export async function enableAuth(server: EtcdServer, auth: EtcdAuth): Promise<void> {
  const commands = [
    ['user', 'add', `${administrator.username}:${administrator.password}`],
    ['role', 'add', 'root'],
    ['user', 'grant-role', administrator.username, 'root'],
    ['role', 'add', 'user'],
    ['role', 'grant-permission', '--prefix=true', 'user', 'readwrite', auth.prefix],
    ['user', 'add', `${auth.username}:${auth.password}`],
    ['user', 'grant-role', auth.username, 'user'],
    ['auth', 'enable'],
  ];
  for (const command of commands) await etcdctl(command, server);
}
