import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Chance } from '../../../testing/chance.js';
import { serverFile } from '../../support/servers.js';
import { now } from '../history.js';
import { calm, faultNames, strike } from './faults.js';
import { Lab } from './lab.js';
import { leave } from './leftovers.js';
import { pageOf, textOf } from './picture.js';
import { labStores, type LabStore } from './stores.js';
import { verdictOf, type Verdict } from './verdict.js';

// One run in a laboratory. It is started in a box: see `run.ts`.

const { values: args } = parseArgs({
  options: {
    on: { type: 'string', default: 'etcd' },
    seed: { type: 'string', default: '1' },
    /** Random faults for so long; without it each fault once, to the leader. */
    seconds: { type: 'string' },
    /** Only these faults, in this order. */
    faults: { type: 'string' },
    candidate: { type: 'string', default: '' },
    register: { type: 'string', default: '' },
    crowd: { type: 'string', default: '' },
    naive: { type: 'boolean', default: false },
    /** Candidates of somebody else: `etcd3`, `consul-lock`; then `candidate` is their program. */
    peer: { type: 'string' },
    /** A folder outside of the box, for what is to be kept. */
    out: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
});

/** What is told of a run, as one line of JSON at its end. */
export interface RunReport extends Verdict {
  readonly seconds: number;
}

const chance = new Chance(Number(args.seed));

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** An operator looks for our claims: peers are spared. */
function namesFor(lab: Lab): string[] {
  const ours = ['crowd', 'deleteClaim', 'overwriteClaim', 'endSession', 'cutFollower'];
  return faultNames(lab).filter((name) => args.peer === undefined || !ours.includes(name));
}

/** Each fault once, and then some pairs of them; or those that were asked for. */
async function each(lab: Lab): Promise<string[]> {
  const names = namesFor(lab);
  const pair = () => chance.shuffle(names).slice(0, 2).join('+');
  const steps = args.faults?.split(',') ?? [...chance.shuffle(names), pair(), pair()];
  const found: string[] = [];
  for (const step of steps) {
    const since = now();
    await together(lab, step.split('+'), 'leader');
    found.push(...(await calm(lab)));
    say(`${step}: ${((now() - since) / 1_000).toFixed(1)} s`);
    await sleep(chance.between(100, 300));
  }
  return found;
}

async function together(
  lab: Lab,
  names: readonly string[],
  aim: 'leader' | 'anybody',
): Promise<void> {
  const delays = names.map((_, index) => (index === 0 ? 0 : chance.between(0, lab.cluster.ttl)));
  await Promise.all(
    names.map(async (name, index) => {
      await sleep(delays[index]);
      await strike(lab, name, chance, aim);
    }),
  );
}

/** Whatever comes, sometimes two or three at a time. */
async function atRandom(lab: Lab, until: number): Promise<string[]> {
  const found: string[] = [];
  const names = namesFor(lab);
  while (now() < until) {
    const many = chance.pick([1, 1, 1, 2, 2, 3]);
    const chosen = Array.from({ length: many }, () => chance.pick(names));
    await together(lab, chosen, 'anybody');
    found.push(...(await calm(lab)));
    await sleep(chance.between(100, 1_000));
  }
  return found;
}

async function run(lab: Lab): Promise<string[]> {
  await lab.until('the first leader', () => lab.history.all('start')[0], 30_000);
  await calm(lab);
  const { seconds } = args;
  const found =
    seconds === undefined ? await each(lab) : await atRandom(lab, now() + Number(seconds) * 1_000);
  lab.note('everybody leaves');
  lab.history.write({ t: now(), who: 'lab', e: 'nobody', phase: 'from' });
  return args.peer === undefined ? [...found, ...(await leave(lab))] : [];
}

function keep(lab: Lab, report: RunReport): void {
  const folder = join(args.out, `rx-leadership-lab-${args.on}-${args.seed}`);
  mkdirSync(folder, { recursive: true });
  const about = { title: `${args.on}, seed ${args.seed}`, findings: report.findings };
  const lines = lab.history.records.map((record) => JSON.stringify(record));
  writeFileSync(join(folder, 'history.jsonl'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'picture.html'), pageOf(lab.history.records, about));
  const text = textOf(lab.history.records);
  writeFileSync(join(folder, 'picture.txt'), text);
  say(text);
  for (const { who, log } of lab.clients) if (log !== '') say(`${who}: ${log}`);
  for (const { name, log } of lab.cluster.nodes)
    if (log !== '') say(`${name}: ${log.slice(-1_500)}`);
  say(`the picture of it, and everything that was told: ${folder}`);
}

const began = now();
const { peer, candidate, register, crowd } = args;
const flags = ['--follow', ...(args.naive ? ['--naive'] : [])];
const lab = await Lab.open({
  ...{ start: labStores[args.on as LabStore], candidate, register, crowd },
  follower: peer === undefined ? candidate : undefined,
  args:
    peer === undefined
      ? flags
      : [`--peer=${peer}`, `--consul=${serverFile('consul/usr/bin/consul')}`],
});
let found: string[] = [];
try {
  found = await run(lab);
} catch (error) {
  found = [`the run ended too soon: ${String(error)}`];
}
const verdict = verdictOf(lab.history.records, lab.cluster);
/** Peers promise neither deadlines nor bounds. */
const isPromised = (finding: string) => peer === undefined || finding.startsWith('one-leader');
const report: RunReport = {
  ...verdict,
  findings: [...verdict.findings, ...found].filter(isPromised),
  seconds: Math.round((now() - began) / 1_000),
};
if (args.keep || report.findings.length > 0) keep(lab, report);
say(JSON.stringify(report));
lab.close();
process.exit(report.findings.length > 0 ? 1 : 0);
