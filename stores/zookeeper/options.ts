import { inspect } from 'node:util';
import type { LeaseTiming } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { checkDuration } from '../../lib/timing.js';
import { invalidOption, resolveCommon, type CommonOptions } from '../shared/options.js';
import { checkPath } from './nodes.js';

/** How to reach ZooKeeper. All durations are milliseconds. */
export interface ZooKeeperStoreOptions extends CommonOptions {
  /** `h1:2181,h2:2181` or a list; without a port 2181. IPv6 in brackets. Asked in random order. */
  readonly hosts: string | readonly string[];
  /** Below this node everything lies, for example `/my-app`. Made when missing. Default: the root. */
  readonly chroot?: string;
  /** Digest authentication. What the store makes is then for that user alone. */
  readonly auth?: { readonly username: string; readonly password: string };
  /**
   * How long ZooKeeper waits for a sign of life before it gives the claims away. Default 15 000.
   * The server may grant another, by default 2 to 20 of its ticks.
   */
  readonly ttl?: number;
}

export interface Server {
  readonly host: string;
  readonly port: number;
}

export interface Settings {
  readonly servers: readonly Server[];
  /** Empty, or with a slash in front and none at its end. */
  readonly chroot: string;
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  readonly ttl: number;
  readonly staleAfter: number;
  /** What is asked for and kept to. */
  readonly timing: (ttl: number) => LeaseTiming;
}

const zooKeeperDefaults = { ttl: 15_000, port: 2_181 } as const;

/** Fills in the defaults, or throws `invalid-option` with the name, the value and the range. */
export function resolveOptions(given: ZooKeeperStoreOptions): Settings {
  const { auth } = given;
  checkUnsupported(given as unknown as Readonly<Record<string, unknown>>);
  const ttl = given.ttl ?? zooKeeperDefaults.ttl;
  checkTtl(ttl);
  const { staleAfter, margin } = resolveCommon(given, ttl, ttl / 5);
  checkAuth(auth);
  return {
    servers: serversOf(given.hosts),
    chroot: chrootOf(given.chroot ?? ''),
    auth,
    ttl,
    staleAfter,
    timing: (asked) => {
      checkTtl(asked);
      // A third of the ttl is in use when nothing is wrong. A renewal may be lost, or answers be slow.
      return { ttl: asked, margin: margin(asked), gap: (asked * 3) / 4 };
    },
  };
}

/** Below a second, margin and renewals leave no room. */
function checkTtl(ttl: number): void {
  checkDuration('ttl', ttl, 1_000);
}

function checkUnsupported(given: Readonly<Record<string, unknown>>): void {
  for (const name of ['tls', 'ssl', 'secure', 'sasl', 'ca', 'cert', 'key', 'credentials']) {
    if (given[name] === undefined) continue;
    throw new LeadershipError(
      'unsupported',
      `zookeeper: ${name}: the npm client node-zookeeper-client has neither TLS nor SASL`,
    );
  }
}

function checkAuth(auth: ZooKeeperStoreOptions['auth']): void {
  if (auth === undefined) return;
  const { username, password } = auth as unknown as Record<string, unknown>;
  // Not shown: one of them is a secret.
  if (typeof username !== 'string' || username === '' || username.includes(':'))
    throw invalidOption('auth.username must be a string, not empty and without a colon');
  if (typeof password !== 'string') throw invalidOption('auth.password must be a string');
}

function serversOf(hosts: unknown): Server[] {
  const list: unknown[] = typeof hosts === 'string' ? hosts.split(',') : [hosts].flat();
  // Not shown: a password would be in front of it.
  if (list.some((host) => String(host).includes('@')))
    throw invalidOption('hosts contain an @: user and password go into auth');
  const servers = list.map((host) => serverOf(host));
  const usable = servers.filter((server) => server !== undefined);
  if (usable.length === 0 || usable.length < servers.length)
    throw invalidOption(`hosts is ${inspect(hosts)}, not "host:2181,host:2181" or a list of such`);
  return usable;
}

function serverOf(text: unknown): Server | undefined {
  const pattern = /^(?:\[([0-9a-f:.%]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/i;
  const match = typeof text === 'string' ? pattern.exec(text.trim()) : null;
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? zooKeeperDefaults.port);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

function chrootOf(chroot: unknown): string {
  const bad = (why: string) => invalidOption(`chroot is ${inspect(chroot)}: ${why}`);
  if (typeof chroot !== 'string') throw bad('it must be a string, for example "/my-app"');
  const parts = chroot.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..'))
    throw bad('its parts must not be "." or ".."');
  checkPath(chroot, bad);
  return parts.map((part) => `/${part}`).join('');
}
