import { inspect } from 'node:util';
import type { LeaseTiming } from '../../lib/contract.js';
import { checkDuration, longestDuration } from '../../lib/timing.js';
import { invalidOption, resolveCommon, type CommonOptions } from '../shared/options.js';
import type { EtcdClientOptions } from './client.js';

/** How to reach etcd: the options of the npm client, and ours. All durations are milliseconds. */
export interface EtcdStoreOptions extends EtcdClientOptions, CommonOptions {
  /**
   * How long etcd waits for a sign of life before it gives the claims away. Default 15 000.
   * Rounded up to whole seconds; the server may grant more.
   */
  readonly ttl?: number;
  /** Put before every key, for example `my-app/`. Default: none. */
  readonly prefix?: string;
}

export interface Settings {
  readonly client: EtcdClientOptions;
  readonly ttl: number;
  readonly prefix: string;
  readonly staleAfter: number;
  /** What is asked for and kept to. */
  readonly timing: (ttl: number) => LeaseTiming;
  readonly margin: (ttl: number) => number;
}

const etcdDefaults = { ttl: 15_000 } as const;

/** Fills in the defaults, or throws `invalid-option` with the name, the value and the range. */
export function resolveOptions(given: EtcdStoreOptions): Settings {
  const { prefix = '' } = given;
  const ttl = given.ttl ?? etcdDefaults.ttl;
  checkTtl(ttl);
  const { staleAfter, margin } = resolveCommon(given, ttl, ttl / 2);
  checkPrefix(prefix);
  checkHosts(given.hosts);
  return {
    client: given,
    ttl,
    prefix,
    staleAfter,
    margin,
    timing: (asked) => {
      checkTtl(asked);
      const whole = Math.ceil(asked / 1_000) * 1_000;
      return { ttl: whole, margin: margin(whole), gap: whole / 2 };
    },
  };
}

/** Below a second etcd has no leases. Rounded up, it must not be longer than a timer can be. */
function checkTtl(ttl: number): void {
  checkDuration('ttl', ttl, 1_000, longestDuration - (longestDuration % 1_000));
}

function checkPrefix(prefix: unknown): void {
  if (typeof prefix === 'string' && !prefix.includes('\0')) return;
  throw invalidOption(`prefix is ${String(prefix)}, not a string without NUL`);
}

function checkHosts(hosts: unknown): void {
  const list: unknown[] = Array.isArray(hosts) ? hosts : [hosts];
  // Not shown: it would be in the messages of the npm client too.
  if (list.some((host) => String(host).includes('@')))
    throw invalidOption('hosts contain an @: user and password go into auth');
  const usable = list.length > 0 && list.every((host) => typeof host === 'string' && host !== '');
  if (!usable) {
    throw invalidOption(`hosts is ${inspect(hosts)}, not "http://host:2379" or a list of such`);
  }
  const secure = list.filter((host) => String(host).startsWith('https:')).length;
  if (secure > 0 && secure < list.length)
    throw invalidOption('hosts are both https and http: all must be the same');
}
