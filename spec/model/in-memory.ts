import { follow, type LeadershipStore, type LeaderView } from '../../lib/index.js';
import type { MemoryStore } from '../../stores/memory/index.js';
import { Chance } from '../../testing/chance.js';
import {
  checkHistory,
  HistoryRecorder,
  virtualElections,
  type VirtualElections,
} from '../../testing/index.js';
import { PausableScheduler } from './pausable-scheduler.js';
import { Player } from './player.js';
import { names, ttl, type Name, type Program } from './program.js';
import { settledAs, type Outcome } from './settled.js';

const key = 'model';
const latency = 5;

/** Time for everything to come right when nothing is wrong any more. */
const settling = 2 * ttl;

/** A process with its store, as a mutant may want to change it. */
export interface Process {
  readonly store: MemoryStore;
  /** Whether messages get through. */
  readonly isReached: () => boolean;
}

export interface Ground {
  /** Breaks a store. Default: as it is. */
  readonly broken?: (process: Process) => LeadershipStore;
  /** By how much the clock of the processes is off. Default: not at all. */
  readonly clockError?: (now: number) => number;
}

/** Plays a program in virtual time, and says which rules were broken. */
export function playInMemory(program: Program, ground: Ground = {}): Outcome {
  const recorder = new HistoryRecorder();
  const duration = program.reduce((sum, { after }) => sum + after, 0);
  const findings: string[] = [];
  virtualElections(
    (world) => {
      const players = new Map(names.map((who) => [who, enter(world, who, recorder, ground)]));
      let view: LeaderView | undefined;
      follow(world.openStore({ ttl, latency }), key).subscribe((seen) => {
        view = seen;
        const t = world.scheduler.now();
        recorder.write({ t, who: 'follower', key, e: 'view', token: seen.leader?.token });
      });
      let t = 0;
      for (const { after, who, does } of program)
        world.at((t += after), () => players.get(who)!.do(does));
      world.at(duration, () => {
        for (const player of players.values())
          for (const deed of ['resume', 'heal'] as const) player.do(deed);
      });
      world.at(duration + settling, () => {
        const queue = world.server.queue(key);
        findings.push(...settledAs([...players.values()], queue, view));
      });
      world.at(duration + settling, () => players.forEach((player) => player.do('stop')));
    },
    { until: duration + settling + ttl, patience: 4 * ttl, trace: false },
  );
  const report = checkHistory(recorder.records, { terms: 0 });
  const broken = report.findings.map(({ rule, message }) => `${rule}: ${message}`);
  return { findings: [...broken, ...findings], terms: report.terms, changes: report.changes };
}

function enter(
  { openStore, server, scheduler: time, at }: VirtualElections,
  who: Name,
  recorder: HistoryRecorder,
  { broken = ({ store }) => store, clockError = () => 0 }: Ground,
): Player {
  const scheduler = new PausableScheduler(time);
  const clock = { now: () => time.now() + clockError(time.now()) };
  const inner = openStore({ ttl, latency, scheduler, clock, name: who });
  const mends: (() => void)[] = [];
  const chance = new Chance(who.charCodeAt(0));
  /** An operator takes the key away. Its owner hears of that, unless there is trouble meanwhile. */
  const forced = (act: () => unknown) => () => {
    const t = time.now();
    const leads = server.queue(key)[0]?.id === who;
    const told = 4 * latency;
    if (leads)
      at(t + told, () => {
        const isTold = player.calmSince <= t - ttl; // what was slow may still be under way
        recorder.write({ t, who, key, e: 'forced', until: t + (isTold ? told : ttl) });
      });
    act();
  };
  const player: Player = new Player({
    who,
    key,
    store: broken({ store: inner, isReached: () => player.isReached }),
    recorder,
    random: () => chance.next(),
    levers: {
      expire: forced(() => inner.expire()),
      delete: forced(() => inner.deleteClaim(key, who)),
      cut: () => mends.push(inner.cut()),
      deafen: () => mends.push(inner.holdReplies()),
      mute: () => mends.push(inner.holdRequests()),
      heal: () => {
        for (const mend of mends.splice(0)) mend();
        inner.slow(latency);
      },
      pause: () => {
        recorder.look();
        scheduler.pause();
      },
      resume: () => scheduler.resume(),
      slow: () => inner.slow(ttl / 4),
    },
  });
  return player;
}
