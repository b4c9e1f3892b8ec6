import { Bench } from './bench.js';
import { campaignCases } from './campaigns.js';
import { claimCases } from './claims.js';
import { closeCases } from './close.js';
import { contenderCases } from './contenders.js';
import { expiryCases } from './expiry.js';
import type { ConformanceCase, ConformanceHarness } from './harness.js';
import { leaseCases } from './lease.js';
import { operatorCases } from './operator.js';
import { queueCases } from './queue.js';
import { releaseCases } from './release.js';
import { serverCases } from './server.js';
import { subscriberCases } from './subscribers.js';
import { tokenCases } from './tokens.js';
import { watchCases } from './watch.js';

/** Every case. Those that must run alone come last, so that the others can run side by side. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...claimCases,
  ...queueCases,
  ...releaseCases,
  ...leaseCases,
  ...expiryCases,
  ...tokenCases,
  ...watchCases,
  ...contenderCases,
  ...operatorCases,
  ...serverCases,
  ...subscriberCases,
  ...closeCases,
  ...campaignCases,
].sort((one, other) => Number(one.alone ?? false) - Number(other.alone ?? false));

/**
 * Registers the suite that any store must pass, with any runner.
 *
 * @example
 * conformance({
 *   test: it.concurrent, // of vitest
 *   testAlone: it,
 *   open: () => myStore({ ttl: 2_000 }),
 *   ttl: 2_000,
 *   manifest: { queue: false },
 * });
 */
export function conformance(harness: ConformanceHarness): void {
  const { test, testAlone = test } = harness;
  const skip = harness.skip ?? ((name, why) => test(`${name} (skipped: ${why})`, nothing));
  for (const each of conformanceCases) {
    const why = whyNot(each, harness);
    if (why !== undefined) skip(each.name, why);
    else (each.alone ? testAlone : test)(each.name, () => runCase(each, harness));
  }
}

function whyNot({ asks = [], needs = [] }: ConformanceCase, harness: ConformanceHarness) {
  const { manifest = {}, faults = {} } = harness;
  const refused = asks.filter((ability) => manifest[ability] === false);
  const missing = needs.filter((lever) => faults[lever] === undefined);
  const reasons = [
    ...refused.map((ability) => `the store does not promise "${ability}"`),
    ...missing.map((lever) => `the harness has no lever "${lever}"`),
  ];
  return reasons.length === 0 ? undefined : reasons.join(', ');
}

async function runCase({ run }: ConformanceCase, harness: ConformanceHarness): Promise<void> {
  const bench = new Bench(harness);
  const failures: unknown[] = [];
  const remember = (failure: unknown) => failures.push(failure);
  await run(bench).catch(remember);
  await bench.clear().catch(remember);
  if (failures.length > 0) throw failures[0]; // what comes after the first is mostly its consequence
}

async function nothing(): Promise<void> {
  // Its name has said why.
}
