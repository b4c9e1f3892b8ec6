import type { LeaseTiming } from '../../lib/contract.js';
import { checkDuration } from '../../lib/timing.js';
import { invalidOption, resolveCommon, type CommonOptions } from '../shared/options.js';

/** Which pages meet, and how long they believe. All durations are milliseconds. */
export interface WebLocksStoreOptions extends CommonOptions {
  /** Pages of one origin that name the same store run in the same elections. Default `default`. */
  readonly name?: string;
  /**
   * How long a term may go on when the browser does not say any more that its lock is held. Another
   * page never waits for this: a lock is free as soon as its page is gone. Browsers let the timers
   * of a hidden page run once in a minute, so it should be some minutes. Default 180 000.
   */
  readonly ttl?: number;
}

export interface Settings {
  readonly name: string;
  readonly staleAfter: number;
  readonly timing: (ttl?: number) => LeaseTiming;
}

const longestTtl = 86_400_000;

/** Fills in the defaults, or throws `invalid-option` with the name, the value and the range. */
export function resolveOptions(given: WebLocksStoreOptions): Settings {
  const { ttl: storeTtl = 180_000 } = given;
  const name: unknown = given.name ?? 'default';
  if (typeof name !== 'string' || name === '')
    throw invalidOption(`name is ${String(name)}: it must be a string that is not empty`);
  checkTtl(storeTtl);
  const { staleAfter, margin } = resolveCommon(given, storeTtl, storeTtl / 2);
  return {
    name,
    staleAfter,
    timing: (ttl = storeTtl) => {
      checkTtl(ttl);
      return { ttl, margin: margin(ttl), gap: ttl / 2 };
    },
  };
}

function checkTtl(ttl: number): void {
  checkDuration('ttl', ttl, 1_000, longestTtl);
}
