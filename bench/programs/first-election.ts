import { setTimeout as sleep } from 'node:timers/promises';
import { tell } from '../../spec/support/worker-process.js';
import { openSide, sideNamesOf, type BackendName, type SideName } from '../sides/index.js';
import { shuffled } from '../statistics.js';
import type { Side } from '../sides/side.js';

/**
 * M1, first election: from the call to `elected`, all sides in turn, each round in another order.
 * Warm: connection and session exist. Cold: neither; the npm client is loaded already.
 */
const [on = '', url = '', pairs = '', warmUp = ''] = process.argv.slice(2);
const backend = on as BackendName;
const sideNames = sideNamesOf(backend);
const ttl = 15_000;
let keys = 0;

type Timing = Record<SideName, number[]>;
const empty = () => Object.fromEntries(sideNames.map((name) => [name, []])) as unknown as Timing;

const open = Object.fromEntries(
  sideNames.map((name) => [name, openSide(backend, name, { url, ttl })]),
) as unknown as Record<SideName, Side>;
for (const name of sideNames) await open[name].warm();
const warm = await rounds(Number(pairs), (name) => electWith(open[name]));
for (const name of sideNames) await open[name].close();

const cold = await rounds(Number(pairs), async (name) => {
  const begin = performance.now();
  const side = openSide(backend, name, { url, ttl });
  const elected = await electWith(side, begin);
  await side.close();
  return elected;
});

tell({ warm, cold });

async function rounds(count: number, measure: (name: SideName) => Promise<number>) {
  const timing = empty();
  for (let round = -Number(warmUp); round < count; round += 1) {
    for (const name of shuffled(sideNames)) {
      await sleep(2); // what the one before has left to do is not the fault of this one
      const took = await measure(name);
      if (round >= 0) timing[name].push(took);
    }
  }
  return timing;
}

async function electWith(side: Side, begin = performance.now()): Promise<number> {
  const key = `first/${(keys += 1)}`;
  let took = NaN;
  await new Promise<void>((elected) => {
    const candidacy = side.campaign(key, 'me', () => {
      took = performance.now() - begin;
      setImmediate(() => void candidacy.leave().then(elected));
    });
  });
  return took;
}
