import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EtcdServer } from '../support/etcd-server.js';
import { Chance } from './chance.js';
import { now, ofEvent } from './history.js';
import { faultNames, Nemesis, type FaultName } from './nemesis.js';
import { bound, runRace, type Race } from './race.js';

const seed = Number(process.env['RX_LEADERSHIP_SEED'] ?? randomInt(2 ** 31));
const duration = Number(process.env['RX_LEADERSHIP_CHAOS'] ?? 25_000);

/** Each fault once, to the leader, and then whatever comes. */
async function strikes(race: Race, nemesis: Nemesis, chance: Chance): Promise<FaultName[]> {
  const until = now() + duration;
  const deck = chance.shuffle(faultNames);
  const struck: FaultName[] = [];
  while (deck.length > 0 || now() < until) {
    await race.led(now());
    await sleep(chance.between(100, 500));
    const next = deck.pop();
    const fault = next ?? chance.pick(faultNames);
    await nemesis.strike(fault, next === undefined ? undefined : true);
    struck.push(fault);
  }
  return struck;
}

it(
  `whatever happens, never two leaders, and nobody not for long: seed ${seed}`,
  async () => {
    const server = await EtcdServer.start();
    const chance = new Chance(seed);
    try {
      await runRace(server, async (race) => {
        const nemesis = new Nemesis(race, server, chance);
        for (const id of ['one', 'two', 'three']) await nemesis.enter(id);
        const faults = await strikes(race, nemesis, chance);
        const healed = now();
        await race.led(healed);
        await race.hasClaims(3);
        await sleep(50);
        const report = race.report({ terms: 6, changes: 5, vacancy: bound, faults });
        console.log(
          `seed ${seed}: ${faults.join(' ')}: ${report.terms} terms, ${report.changes} changes, ` +
            `at most ${report.longestVacancy.toFixed()} ms without a leader, ` +
            `${report.staleWritesRefused} late writes refused`,
        );
        expect(report.findings).toEqual([]);
        expect(new Set(faults)).toEqual(new Set(faultNames));
        expect(ofEvent(race.records(), 'probe').length).toBeGreaterThan(100);
      });
    } finally {
      await server.stop();
    }
  },
  duration + 60_000,
);
