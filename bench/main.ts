import { parseArgs } from 'node:util';
import { compile } from './compiled.js';
import { startEtcd } from './etcd.js';
import { checkThatFloorElects } from './guard.js';
import { measureAll, measures, type MeasureName } from './measure.js';
import { table, type Row } from './rows.js';
import { backendNames, type BackendName } from './sides/index.js';

const usage = `npm run bench -- [--pairs 200] [--runs 3] [--only first,hand-over,…] [--on etcd,…]
  --pairs  so many rounds, in each of which every side has its turn
  --runs   so many times all of it; a goal is met when the median of the runs is
  --only   some of: ${Object.keys(measures).join(', ')}
  --on     some of: ${backendNames.join(', ')}`;

const { pairs, runs, only, on } = given();
if (on.includes('etcd')) await elects();
const compiled = await compile();
const results: Row[][] = [];
for (let run = 1; run <= runs; run += 1) {
  const begin = performance.now();
  const warmUp = Math.max(20, Math.ceil(pairs / 4));
  const rows: Row[] = [];
  for (const backend of on)
    rows.push(...(await measureAll({ folder: compiled.folder, pairs, warmUp }, only, backend)));
  results.push(rows);
  const took = ((performance.now() - begin) / 1_000).toFixed(0);
  console.error(`run ${run} of ${runs}: ${took} s`);
}
compiled.remove();
console.log(table(results));

async function elects(): Promise<void> {
  const server = await startEtcd();
  try {
    await checkThatFloorElects(server);
  } finally {
    await server.stop();
  }
}

function given() {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '200' },
      runs: { type: 'string', default: '1' },
      only: { type: 'string', default: Object.keys(measures).join(',') },
      on: { type: 'string', default: backendNames.join(',') },
      help: { type: 'boolean', default: false },
    },
  });
  const names = values.only.split(',');
  const on = values.on.split(',') as BackendName[];
  const known =
    names.every((name) => name in measures) && on.every((name) => backendNames.includes(name));
  const numbers = [values.pairs, values.runs].map(Number);
  if (values.help || !known || !numbers.every((each) => Number.isInteger(each) && each > 0)) {
    console.error(usage);
    process.exit(values.help ? 0 : 1);
  }
  const [pairs = 1, runs = 1] = numbers;
  return { pairs, runs, only: names as MeasureName[], on };
}
