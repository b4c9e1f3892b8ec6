import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { campaign } from '../../lib/index.js';
import { terms } from '../../operators/index.js';
import { openStore } from '../../stores/index.js';
import { folderName } from '../../stores/local/election-folder.js';
import { Chance } from '../../testing/chance.js';
import { local } from './backends.js';
import { Crowd, crowdFaults } from './crowd.js';
import { now, ofEvent } from './history.js';
import { runRace, type Race } from './race.js';

// `npm run crowd` starts 200 processes. With the same seed the same things happen in the same order,
// though never at quite the same moments.
const seed = Number(process.env['RX_LEADERSHIP_SEED'] ?? 8);
const processes = Number(process.env['RX_LEADERSHIP_CROWD'] ?? 32);
const atOnce = processes > 100 ? 24 : 12;
/** A process that starts takes so much of a machine with two cores. */
const patience = 60_000 + processes * 3_000;

/** Whoever is there stands in the queue; when all have left, nothing is left but the last number. */
async function clean(race: Race, crowd: Crowd): Promise<void> {
  const store = await openStore(race.url);
  const queue$ = store.contenders(race.key);
  await firstValueFrom(queue$.pipe(filter(({ length }) => length === crowd.present.length)));
  race.nobody('from');
  await crowd.close();
  const { token } = await firstValueFrom(
    campaign(store, { key: race.key, id: 'last' }).pipe(terms()),
  );
  await store.close();
  const { pathname } = new URL(race.url);
  expect(await readdir(join(pathname, 'sessions'))).toEqual([]);
  const left = await readdir(join(pathname, 'elections', folderName(race.key)));
  expect(left).toEqual([`${token}.taken`]);
}

async function crowded(race: Race): Promise<void> {
  const crowd = new Crowd(race, new Chance(seed), { processes, atOnce, hands: 4 });
  const begun = now();
  await crowd.run();
  const mended = race.fault('all', 'to');
  await race.until('the end of all pauses', () =>
    crowd.mend() > mended + 1_000 ? true : undefined,
  );
  await race.led(now());
  await clean(race, crowd);
  // Where the machine lets nobody run, nobody leads; and two must not lead for that.
  const vacancy = race.wasLate(begun, []) ? 5 * race.bound : race.bound;
  const report = race.report({ terms: 8, changes: 7, faults: crowdFaults, vacancy });
  console.log(
    `seed ${seed}: ${race.runners.length} processes in ${((now() - begun) / 1_000).toFixed()} s, ` +
      `${ofEvent(race.records(), 'fault').filter(({ phase }) => phase === 'from').length} faults, ` +
      `${report.terms} terms, ${report.changes} changes, ` +
      `at most ${report.longestVacancy.toFixed()} ms without a leader, ` +
      `${report.staleWritesRefused} late writes refused`,
  );
  expect(report.findings).toEqual([]);
  expect(race.runners.length).toBe(processes);
}

it(
  `local: ${processes} processes are killed, stopped and blocked, never two lead: seed ${seed}`,
  async () => {
    const server = await local.start();
    try {
      await runRace(server, crowded);
    } finally {
      await server.stop();
    }
  },
  patience,
);
