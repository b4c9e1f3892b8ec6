import { isAbsolute, resolve } from 'node:path';
import { inspect } from 'node:util';
import type { LeaseTiming } from '../../lib/contract.js';
import { checkDuration } from '../../lib/timing.js';
import { invalidOption, resolveCommon, type CommonOptions } from '../shared/options.js';

/** Where the processes of a machine meet. All durations are milliseconds. */
export interface LocalStoreOptions extends CommonOptions {
  /**
   * A directory on a local disk, made when missing. Who may write there can lead. It should outlive
   * a restart of the machine, so that tokens go on growing.
   */
  readonly directory: string;
  /**
   * How long a process that hangs, or is stopped, keeps what it leads. Of one that dies others know
   * at once. Default 5 000.
   */
  readonly ttl?: number;
}

export interface Settings {
  readonly directory: string;
  readonly ttl: number;
  readonly staleAfter: number;
  readonly timing: (ttl: number) => LeaseTiming;
}

const longestTtl = 86_400_000;

/** Fills in the defaults, or throws `invalid-option` with the name, the value and the range. */
export function resolveOptions(given: LocalStoreOptions): Settings {
  const { ttl = 5_000 } = given;
  const directory: unknown = given.directory;
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0'))
    throw invalidOption(`directory is ${inspect(directory)}, not a path such as "/var/lib/my-app"`);
  checkTtl(ttl);
  const { staleAfter, margin } = resolveCommon(given, ttl, ttl / 2);
  return {
    directory: isAbsolute(directory) ? directory : resolve(directory),
    ttl,
    staleAfter,
    timing: (asked) => {
      checkTtl(asked);
      return { ttl: asked, margin: margin(asked), gap: asked / 2 };
    },
  };
}

function checkTtl(ttl: number): void {
  checkDuration('ttl', ttl, 1_000, longestTtl);
}
