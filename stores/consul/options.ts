import { inspect } from 'node:util';
import type { LeaseTiming } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { checkDuration } from '../../lib/timing.js';
import { invalidOption, resolveCommon, type CommonOptions } from '../shared/options.js';
import type { ConsulClientOptions } from './client.js';

/** How to reach a Consul agent, and how elections are kept there. Durations are milliseconds. */
export interface ConsulStoreOptions extends ConsulClientOptions, CommonOptions {
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
  /** Put before every key, for example `my-app/`. Default: none. */
  readonly prefix?: string;
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
  const { lockDelay, prefix = '', ttl = 15_000 } = given;
  checkTtl(ttl);
  const { staleAfter, margin } = resolveCommon(given, ttl, ttl / 2);
  if (lockDelay !== undefined)
    checkDuration('lockDelay', lockDelay, 0, Math.min(ttl, longestLockDelay));
  if (typeof prefix !== 'string' || prefix.startsWith('/') || prefix.includes('\0'))
    throw invalidOption(
      `prefix is ${inspect(prefix)}, not a string without a slash in front and NUL`,
    );
  checkAddress(given.address);
  if ('namespace' in given)
    throw new LeadershipError(
      'unsupported',
      'namespace: the npm client consul cannot send it; use a prefix',
    );
  return {
    ttl,
    prefix,
    staleAfter,
    lockDelay: (asked) => Math.min(lockDelay ?? asked, asked, longestLockDelay),
    timing: (asked) => {
      checkTtl(asked);
      return { ttl: asked, margin: margin(asked), gap: asked / 2 };
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
  throw invalidOption(
    `address is ${shown}, not "http://host:8500" or "https://…"; a token goes into token`,
  );
}
