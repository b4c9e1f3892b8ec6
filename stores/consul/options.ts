import { inspect } from 'node:util';
import type { SchedulerLike } from 'rxjs';
import type { Clock } from '../../lib/clock.js';
import type { LeaseTiming } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { checkDuration, leastMargin } from '../../lib/timing.js';
import type { ConsulClientOptions } from './client.js';

/** How to reach a Consul agent, and how elections are kept there. Durations are milliseconds. */
export interface ConsulStoreOptions extends ConsulClientOptions {
  /**
   * How long Consul waits, at least, for a sign of life before it gives the claims away; it takes
   * up to twice that. Default 15 000; from 10 000 to a day unless the servers are told otherwise.
   */
  readonly ttl?: number;
  /**
   * For how long nobody gets a key whose session ended by anything but a release. Default, and
   * most: as long as the ttl. At most 60 000. Shorter is faster, and opens a window:
   * `docs/guarantees.md`.
   */
  readonly lockDelay?: number;
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
  readonly ttl: number;
  readonly prefix: string;
  readonly staleAfter: number;
  readonly lockDelay: (ttl: number) => number;
  /** What is asked for and kept to. */
  readonly timing: (ttl: number) => LeaseTiming;
}

/** A day: more is no session of Consul's. */
const longestTtl = 86_400_000;
const longestLockDelay = 60_000;

/** Fills in the defaults, or throws `invalid-option` with the name, the value and the range. */
export function resolveOptions(given: ConsulStoreOptions): Settings {
  const { margin, lockDelay, prefix = '', ttl = 15_000 } = given;
  checkTtl(ttl);
  if (margin !== undefined) checkDuration('margin', margin, leastMargin(ttl), ttl / 2);
  const staleAfter = given.staleAfter ?? Math.max(1_000, ttl / 2);
  checkDuration('staleAfter', staleAfter, 1_000);
  if (lockDelay !== undefined)
    checkDuration('lockDelay', lockDelay, 0, Math.min(ttl, longestLockDelay));
  if (typeof prefix !== 'string' || prefix.startsWith('/') || prefix.includes('\0'))
    throw invalid(`prefix is ${inspect(prefix)}, not a string without a slash in front and NUL`);
  checkAddress(given.address);
  if ('namespace' in given)
    throw new LeadershipError(
      'unsupported',
      'namespace: the npm client consul cannot send it; use a prefix',
    );
  const marginOf = (granted: number) => Math.max(leastMargin(granted), margin ?? 0);
  return {
    ttl,
    prefix,
    staleAfter,
    lockDelay: (asked) => Math.min(lockDelay ?? asked, asked, longestLockDelay),
    timing: (asked) => {
      checkTtl(asked);
      return { ttl: asked, margin: marginOf(asked), gap: asked / 2 };
    },
  };
}

function checkTtl(ttl: number): void {
  checkDuration('ttl', ttl, 1_000, longestTtl);
}

function checkAddress(address: unknown): void {
  const match = typeof address === 'string' && /^https?:\/\/[^/@]+\/?$/.test(address);
  if (match && URL.canParse(address)) return;
  // Not shown where it may hold a secret.
  const shown = String(address).includes('@') ? 'an address with an @' : inspect(address);
  throw invalid(
    `address is ${shown}, not "http://host:8500" or "https://…"; a token goes into token`,
  );
}

function invalid(message: string): LeadershipError {
  return new LeadershipError('invalid-option', message);
}
