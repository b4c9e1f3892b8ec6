import { parseArgs } from 'node:util';
import { compile } from './compiled.js';
import { startEtcd } from './etcd.js';
import { checkThatFloorElects } from './guard.js';
import { measureAll, measures, type MeasureName } from './measure.js';
import { table, type Row } from './rows.js';

const usage = `npm run bench -- [--pairs 200] [--runs 3] [--only first,hand-over,…]
  --pairs  so many rounds, in each of which every side has its turn
  --runs   so many times all of it; a goal is met when the median of the runs is
  --only   some of: ${Object.keys(measures).join(', ')}`;

const { pairs, runs, only } = given();
await elects();
const compiled = await compile();
const results: Row[][] = [];
for (let run = 1; run <= runs; run += 1) {
  const begin = performance.now();
  const warmUp = Math.max(20, Math.ceil(pairs / 4));
  results.push(await measureAll({ folder: compiled.folder, pairs, warmUp }, only));
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
      help: { type: 'boolean', default: false },
    },
  });
  const names = values.only.split(',');
  const known = names.every((name) => name in measures);
  const numbers = [values.pairs, values.runs].map(Number);
  if (values.help || !known || !numbers.every((each) => Number.isInteger(each) && each > 0)) {
    console.error(usage);
    process.exit(values.help ? 0 : 1);
  }
  const [pairs = 1, runs = 1] = numbers;
  return { pairs, runs, only: names as MeasureName[] };
}
