import { parseArgs } from 'node:util';
import { missingForBox } from './box.js';
import { runLab, type Peer } from './run.js';
import { isLabStore, labStoreNames } from './stores.js';

// npm run lab -- --on etcd --seed 7            each fault once, in the order of the seed
// npm run lab -- --on etcd --seed 7 --faults kill,cut          these
// npm run lab -- --on etcd --seed 7 --seconds 120              what `soak` does in a round

const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'etcd' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    faults: { type: 'string' },
    naive: { type: 'boolean', default: false },
    peer: { type: 'string' },
    /** Also of a run without findings. */
    picture: { type: 'boolean', default: false },
  },
});
const { on, seed, seconds, faults, naive, peer, picture } = values;
if (!isLabStore(on)) throw new Error(`--on is one of ${labStoreNames.join()}, not ${on}`);
const missing = missingForBox();
if (missing !== undefined) throw new Error(`the laboratory ${missing}`);

const { report, output } = await runLab({
  ...{ on, seed: Number(seed), naive, keep: picture },
  ...(seconds !== undefined && { seconds: Number(seconds) }),
  ...(peer !== undefined && { peer: peer as Peer }),
  ...(faults !== undefined && { faults: faults.split(',') }),
  onLine: (line) => console.log(line),
});
if (report === undefined) console.error(output);
process.exitCode = report?.findings.length === 0 ? 0 : 1;
