import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../../../testing/chance.js';
import { now } from '../history.js';
import type { Client } from './client.js';
import type { Lab } from './lab.js';

/** What a fault is given: where it happens, to whom, and the dice. */
export interface Strike {
  readonly lab: Lab;
  readonly chance: Chance;
  readonly victim: Client;
}

/** Makes a fault, and mends it. */
export type Fault = (strike: Strike) => Promise<void>;

/** For so many ttls, from the least to the most. */
export function lasts({ lab, chance }: Strike, least: number, most: number): Promise<void> {
  return sleep(lab.cluster.ttl * chance.between(least, most));
}

/** Nothing passes from these to those for a while. */
export async function silence(
  strike: Strike,
  from: readonly string[],
  to: readonly string[],
  [least, most]: readonly [number, number],
): Promise<void> {
  const { lab } = strike;
  await lab.network.cut(from, to);
  lab.judge();
  await lasts(strike, least, most);
  await lab.network.heal(from, to);
  lab.judge();
}

/** The same in both directions. */
export async function partition(
  strike: Strike,
  one: readonly string[],
  other: readonly string[],
  [least, most]: readonly [number, number],
): Promise<void> {
  const { network } = strike.lab;
  await Promise.all([network.cut(one, other), network.cut(other, one)]);
  strike.lab.judge();
  await lasts(strike, least, most);
  await Promise.all([network.heal(one, other), network.heal(other, one)]);
  strike.lab.judge();
}

/** Whoever leads now no longer leads, or nobody does for as long as that may take. */
export async function newLeader({ lab, victim }: Strike): Promise<void> {
  const since = now();
  const limit = since + lab.cluster.bounds.ofServers;
  while (now() < limit) {
    const start = lab.history.all('start').findLast(({ t }) => t > since);
    if (start !== undefined && start.who !== victim.who) {
      await sleep(200); // it writes meanwhile
      return;
    }
    await sleep(20);
  }
}
