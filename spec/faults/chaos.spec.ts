import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { HistoryDemands } from '../../testing/index.js';
import { onEachBackend, type BackendServer } from './backends.js';
import { Chance } from '../../testing/chance.js';
import { now, ofEvent } from './history.js';
import { faultNames, Nemesis, type FaultName } from './nemesis.js';
import { runRace, type Race } from './race.js';

// A red run is repeated with its seed: the same faults in the same order, though never at quite the
// same moments. For a long run: RX_LEADERSHIP_CHAOS=3600000 npx vitest run --project faults chaos
const seed = Number(process.env['RX_LEADERSHIP_SEED'] ?? randomInt(2 ** 31));
const duration = Number(process.env['RX_LEADERSHIP_CHAOS'] ?? 22_000);
/** How many faults at a time. With more than one there may be nobody who can lead. */
const hands = Number(process.env['RX_LEADERSHIP_HANDS'] ?? 1);

/** Each fault once, to the leader, and then whatever comes. */
async function strikes(race: Race, nemesis: Nemesis, chance: Chance): Promise<FaultName[]> {
  const until = now() + duration;
  const deck = chance.shuffle(faultNames);
  const struck: FaultName[] = [];
  while (deck.length > 0 || now() < until) {
    if (hands === 1) await race.led(now());
    await sleep(chance.between(100, 500));
    const next = deck.pop();
    const fault = next ?? chance.pick(faultNames);
    await nemesis.strike(fault, next === undefined ? undefined : true);
    struck.push(fault);
  }
  return struck;
}

async function chaos(race: Race, server: BackendServer, chance: Chance): Promise<void> {
  const nemesis = new Nemesis(race, server, chance);
  for (const id of ['one', 'two', 'three']) await nemesis.enter(id);
  await race.until('a leader', () => ofEvent(race.records(), 'start')[0]);
  const all = Array.from({ length: hands }, () => strikes(race, nemesis, chance));
  const faults = (await Promise.all(all)).flat();
  const healed = nemesis.mend();
  await race.until('the end of all pauses', () => {
    if (hands > 1) nemesis.mend(); // one that was stopped may have been told to pause
    return now() > healed + 500 ? true : undefined;
  });
  await race.led(healed);
  await race.hasClaims(3);
  const leader = ofEvent(race.records(), 'start').at(-1)!;
  for (const runner of nemesis.runners)
    await race.until(`${runner.who} sees who leads`, () => {
      const view = runner.told('view').at(-1);
      return view?.token === leader.token && view.stale === false ? view : undefined;
    });
  const vacancy: HistoryDemands = hands === 1 ? { vacancy: race.bound } : {};
  const report = race.report({ terms: 6, changes: 5, faults: faultNames, ...vacancy });
  console.log(
    `seed ${seed}: ${faults.join(' ')}: ${report.terms} terms, ${report.changes} changes, ` +
      `at most ${report.longestVacancy.toFixed()} ms without a leader, ` +
      `${report.staleWritesRefused} late writes refused`,
  );
  expect(report.findings).toEqual([]);
}

onEachBackend((backend) => {
  it(
    `whatever happens, never two leaders, and nobody not for long: seed ${seed}`,
    async () => {
      const server = await backend.start();
      try {
        await runRace(server, (race) => chaos(race, server, new Chance(seed)));
      } finally {
        await server.stop();
      }
    },
    duration + 60_000,
  );
});
