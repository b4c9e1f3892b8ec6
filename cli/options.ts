import { Command, InvalidArgumentError, Option } from 'commander';
import { hostname } from 'node:os';
import type { CampaignOptions } from '../lib/options.js';
import { isLeadershipError } from '../lib/errors.js';
import { normalKey } from '../lib/key.js';
import { parseDuration } from './durations.js';
import { messageOf } from './output.js';
import { storeVariable } from './store.js';

/** What each command takes that talks to a store. */
export interface StoreOption {
  readonly store?: string;
}

/** What each command takes that runs for election. */
export interface CandidateOptions extends StoreOption {
  readonly id: string;
  readonly data?: string;
  readonly ttl?: number;
  readonly keepTrying?: true;
}

export function storeOption(): Option {
  return new Option(
    '-s, --store <url>',
    `etcd://…, consul://…, zk://… or file:///… (default: $${storeVariable}, else a directory of yours)`,
  );
}

export function jsonOption(): Option {
  return new Option('--json', 'one JSON object a line');
}

export function withCandidateOptions(command: Command): Command {
  return command
    .addOption(storeOption())
    .addOption(
      new Option('--id <id>', 'this candidate, as others see it').default(
        `${hostname()}-${String(process.pid)}`,
        'host name and process id',
      ),
    )
    .option('--data <text>', 'more for followers, an address say')
    .option('--ttl <duration>', 'how long a candidate that hangs keeps the key', parseDuration)
    .option('--keep-trying', 'also when the store cannot be reached at the start');
}

/** How the campaign of a command goes on after trouble. `reached`: the store has answered before. */
export function campaignOptions(
  key: string,
  { id, data, ttl, keepTrying }: CandidateOptions,
  reached: () => boolean,
): CampaignOptions {
  const giveUp = (error: unknown) => {
    if (isLeadershipError(error, 'store-unreachable')) return !reached() && keepTrying !== true;
    return isHopeless(error);
  };
  return { key, id, data, ttl, retry: { giveUp } };
}

/** Whether only people can mend it: a wrong password, say. */
export function isHopeless(error: unknown): boolean {
  return isLeadershipError(error) && !error.retryable;
}

/** The name of an election, in its normal form. */
export function parseKey(text: string): string {
  try {
    return normalKey(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Write 0 to 65535.');
  return port;
}
