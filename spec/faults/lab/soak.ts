import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { missingForBox } from './box.js';
import type { RunReport } from './main.js';
import { runLab, type Peer } from './run.js';
import { isLabStore, labStoreNames, type LabStore } from './stores.js';
import { tableOf } from './table.js';

// npm run soak -- --minutes 60 --on etcd,consul,zookeeper --seed 1
//
// For so many minutes on each store, one after the other: rounds of random faults, alone and
// together, each with a fresh cluster and the next seed. Writes a table of all of them at the end.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    on: { type: 'string', default: labStoreNames.join() },
    seed: { type: 'string', default: String(randomInt(1_000_000) * 1_000) },
    /** How long the faults of a round last, in seconds. */
    round: { type: 'string', default: '150' },
    naive: { type: 'boolean', default: false },
    /** `etcd3` or `consul-lock`: the same for the election of somebody else. */
    peer: { type: 'string' },
  },
});
const { minutes, on, seed, round, naive, peer } = values;
const missing = missingForBox();
if (missing !== undefined) throw new Error(`the laboratory ${missing}`);

const who = peer === undefined ? {} : { peer: peer as Peer };

async function soak(store: LabStore): Promise<RunReport[]> {
  const reports: RunReport[] = [];
  const until = performance.now() + Number(minutes) * 60_000;
  for (let next = Number(seed); performance.now() < until; next += 1) {
    const run = { on: store, seed: next, seconds: Number(round), naive, ...who };
    const { report, output } = await runLab(run);
    if (report === undefined)
      console.log(`${store} seed ${next} did not come to its end:\n${output}`);
    else reports.push(report);
    const { findings = ['it did not come to its end'], terms = 0 } = report ?? {};
    console.log(
      `${store} seed ${next}: ${terms} terms, findings: ${findings.join('; ') || 'none'}`,
    );
    if (findings.length > 0 && report !== undefined) console.log(output);
  }
  return reports;
}

let bad = false;
const all = new Map<LabStore, RunReport[]>();
for (const store of on.split(',')) {
  if (!isLabStore(store)) throw new Error(`--on is of ${labStoreNames.join()}, not ${store}`);
  const reports = await soak(store);
  all.set(store, reports);
  bad ||= reports.length === 0 || reports.some(({ findings }) => findings.length > 0);
  console.log(`\nfrom seed ${seed} on, in rounds of ${round} s\n\n${tableOf(all)}\n`);
}
process.exitCode = bad ? 1 : 0;
