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
   * With `ttlCheck` it is the ttl of that check, from 1 000, and is what it takes.
   */
  readonly ttl?: number;
  /**
   * Makes each session depend on a TTL check of its own at the agent, so that a process that
   * crashes is noticed after the `ttl` and not after up to twice that of a session. Default: false.
   * Needs one agent at the `address`, not several behind a balancer, and the right to write the
   * service `rx-leadership`, which carries the check: `docs/decisions/0012-consul-ttl-check.md`.
   */
  readonly ttlCheck?: boolean;
  /**
   * Only with `ttlCheck`: what the `ttl` is without it. So it is what counts when the agent is lost
   * together with the process. Default: 10 000, or the `ttl` where that is longer.
   */
  readonly sessionTtl?: number;
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
  readonly ttlCheck: boolean;
  /** That of the session itself, for a lease of this ttl. */
  readonly sessionTtl: (ttl: number) => number;
  readonly lockDelay: (ttl: number) => number;
  /** What is asked for and kept to. */
  readonly timing: (ttl: number) => LeaseTiming;
}

/** A day: more is no session of Consul's. */
const longestTtl = 86_400_000;
/** The least that a server grants, unless it was told otherwise. */
const leastSessionTtl = 10_000;
const longestLockDelay = 60_000;

/** Fills in the defaults, or throws `invalid-option` with the name, the value and the range. */
export function resolveOptions(given: ConsulStoreOptions): Settings {
  const { lockDelay, prefix = '', ttl = 15_000, ttlCheck = false } = given;
  checkTtl(ttl);
  const sessionTtl = resolveSessionTtl(given, ttl);
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
    ttlCheck,
    // Never shorter than the lease, which would outlast it.
    sessionTtl: (asked) => Math.max(asked, sessionTtl),
    lockDelay: (asked) => Math.min(lockDelay ?? asked, asked, longestLockDelay),
    timing: (asked) => {
      checkTtl(asked);
      return { ttl: asked, margin: margin(asked), gap: asked / 2 };
    },
  };
}

/** 0: that of the lease. */
function resolveSessionTtl({ ttlCheck, sessionTtl }: ConsulStoreOptions, ttl: number): number {
  if (ttlCheck !== undefined && typeof ttlCheck !== 'boolean')
    throw invalidOption(`ttlCheck is ${inspect(ttlCheck)}, not true or false`);
  if (ttlCheck === true) {
    if (sessionTtl !== undefined) checkDuration('sessionTtl', sessionTtl, ttl, longestTtl);
    return sessionTtl ?? leastSessionTtl;
  }
  if (sessionTtl !== undefined)
    throw invalidOption('sessionTtl goes with ttlCheck: without it the ttl is that of the session');
  return 0;
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
