import { inspect } from 'node:util';
import type { SchedulerLike } from 'rxjs';
import type { Clock } from '../../lib/clock.js';
import type { LeaseTiming } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { checkDuration, leastMargin, longestDuration } from '../../lib/timing.js';
import type { EtcdClientOptions } from './client.js';

/** How to reach etcd: the options of the npm client, and ours. All durations are milliseconds. */
export interface EtcdStoreOptions extends EtcdClientOptions {
  /**
   * How long etcd waits for a sign of life before it gives the claims away. Default 15 000.
   * Rounded up to whole seconds; the server may grant more.
   */
  readonly ttl?: number;
  /** Taken off the ttl on our side. Default, and least, max(200, 10 % of the ttl). */
  readonly margin?: number;
  /** Put before every key, for example `my-app/`. Default: none. */
  readonly prefix?: string;
  /**
   * How long after the last proof of contact what is shown counts as fresh. Default: half the
   * ttl, at least 1 000.
   */
  readonly staleAfter?: number;
  /** Timers of this store and of all that is built on it. Default: `monotonicScheduler`. */
  readonly scheduler?: SchedulerLike;
  /** The clock by which leases are judged. Default: monotonic, and the time since boot. */
  readonly clock?: Clock;
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
  const { margin, prefix = '', staleAfter } = given;
  const ttl = given.ttl ?? etcdDefaults.ttl;
  checkTtl(ttl);
  if (margin !== undefined) checkDuration('margin', margin, leastMargin(ttl), ttl / 2);
  const fresh = staleAfter ?? Math.max(1_000, ttl / 2);
  checkDuration('staleAfter', fresh, 1_000);
  checkPrefix(prefix);
  checkHosts(given.hosts);
  const marginOf = (granted: number) => Math.max(leastMargin(granted), margin ?? 0);
  return {
    client: given,
    ttl,
    prefix,
    staleAfter: fresh,
    margin: marginOf,
    timing: (asked) => {
      checkTtl(asked);
      const whole = Math.ceil(asked / 1_000) * 1_000;
      return { ttl: whole, margin: marginOf(whole), gap: whole / 2 };
    },
  };
}

/** Below a second etcd has no leases. Rounded up, it must not be longer than a timer can be. */
function checkTtl(ttl: number): void {
  checkDuration('ttl', ttl, 1_000, longestDuration - (longestDuration % 1_000));
}

function checkPrefix(prefix: unknown): void {
  if (typeof prefix === 'string' && !prefix.includes('\0')) return;
  throw invalid(`prefix is ${String(prefix)}, not a string without NUL`);
}

function checkHosts(hosts: unknown): void {
  const list: unknown[] = Array.isArray(hosts) ? hosts : [hosts];
  // Not shown: it would be in the messages of the npm client too.
  if (list.some((host) => String(host).includes('@')))
    throw invalid('hosts contain an @: user and password go into auth');
  const usable = list.length > 0 && list.every((host) => typeof host === 'string' && host !== '');
  if (!usable) {
    throw invalid(`hosts is ${inspect(hosts)}, not "http://host:2379" or a list of such`);
  }
  const secure = list.filter((host) => String(host).startsWith('https:')).length;
  if (secure > 0 && secure < list.length)
    throw invalid('hosts are both https and http: all must be the same');
}

function invalid(message: string): LeadershipError {
  return new LeadershipError('invalid-option', message);
}
