import { setTimeout as sleep } from 'node:timers/promises';
import type { TcpProxy } from '../support/proxy.js';
import { ttl, type BackendServer } from './backends.js';
import type { Chance } from '../../testing/chance.js';
import { ofEvent } from './history.js';
import { type Race } from './race.js';
import type { Runner } from './runner.js';

/** A candidate, its way to the server, and how to start it again. */
interface Victim {
  runner: Runner;
  dead?: boolean;
  readonly proxy: TcpProxy;
}

type Fault = (this: Nemesis, victim: Victim) => Promise<void>;

/** Everything that happens to candidates and to their server, one thing after the other. */
export class Nemesis {
  readonly #race: Race;
  readonly #server: BackendServer;
  readonly #chance: Chance;
  readonly #victims: Victim[] = [];
  #restarting = false;

  constructor(race: Race, server: BackendServer, chance: Chance) {
    this.#race = race;
    this.#server = server;
    this.#chance = chance;
  }

  async enter(id: string): Promise<void> {
    const proxy = await this.#race.proxy();
    this.#victims.push({ proxy, runner: this.#start(id, proxy) });
  }

  /** Those that run now. */
  get runners(): Runner[] {
    return this.#victims.map(({ runner }) => runner);
  }

  /** Makes a fault, three times of four to the leader, and mends it. */
  async strike(fault: FaultName, atLeader = this.#chance.next() < 0.75): Promise<void> {
    const { who } = ofEvent(this.#race.records(), 'start').at(-1) ?? {};
    const leader = this.#victims.find(({ runner }) => runner.who === who);
    const others = this.#victims.filter((victim) => victim !== leader);
    const victim = atLeader && leader ? leader : this.#chance.pick(others);
    this.#race.fault(fault);
    await faults[fault].call(this, victim);
    this.#race.fault(fault, 'to');
  }

  /** The end of all trouble, and when that was. */
  mend(): number {
    this.#server.thaw();
    for (const { runner, proxy } of this.#victims) {
      runner.process.sigcont();
      proxy.heal();
    }
    return this.#race.fault('all', 'to');
  }

  async kill(victim: Victim): Promise<void> {
    if (victim.dead) return;
    victim.dead = true;
    const { id } = victim.runner;
    await victim.runner.process.sigkill();
    await this.#last(0.1, 0.5);
    victim.runner = this.#start(id, victim.proxy);
    victim.dead = false;
  }

  async stop({ runner }: Victim): Promise<void> {
    runner.process.sigstop();
    await this.#last(0.2, 1.6);
    runner.process.sigcont();
  }

  /** Only a leader stops between its look and its deed. */
  async pause({ runner }: Victim): Promise<void> {
    runner.do({ do: 'pause' });
    await this.#last(0.8, 1.6);
    runner.process.sigcont();
  }

  async silence({ proxy }: Victim): Promise<void> {
    proxy.blackhole();
    await this.#last(0.3, 1.6);
    proxy.heal();
  }

  async loseAnswers({ proxy }: Victim): Promise<void> {
    proxy.down.mode = 'drop';
    await this.#last(0.3, 1.6);
    proxy.heal();
  }

  async holdRequests({ proxy }: Victim): Promise<void> {
    proxy.up.mode = 'hold';
    await this.#last(0.3, 1.6);
    proxy.heal();
  }

  async reset({ proxy }: Victim): Promise<void> {
    for (let left = this.#chance.between(3, 15); left > 0; left -= 1) {
      proxy.reset();
      await sleep(this.#chance.between(10, 120));
    }
  }

  async resign({ runner }: Victim): Promise<void> {
    runner.do({ do: 'resign' });
    await this.#last(0.1, 0.2);
  }

  async freeze(): Promise<void> {
    this.#race.nobody('from');
    this.#server.freeze();
    await this.#last(0.2, 1.2);
    this.#server.thaw();
    this.#race.nobody('to');
  }

  async restart(): Promise<void> {
    if (this.#restarting) return;
    this.#restarting = true;
    this.#race.nobody('from');
    await this.#server.restart();
    this.#race.nobody('to');
    this.#restarting = false;
  }

  #start(id: string, through: TcpProxy): Runner {
    return this.#race.enter(id, { through, follow: true });
  }

  /** Durations are parts of the ttl. */
  async #last(least: number, most: number): Promise<void> {
    await sleep(ttl * this.#chance.between(least, most));
  }
}

const { kill, stop, pause, silence, loseAnswers, holdRequests, reset, resign, freeze, restart } =
  Nemesis.prototype;
const faults = {
  kill,
  stop,
  pause,
  silence,
  loseAnswers,
  holdRequests,
  reset,
  resign,
  freeze,
  restart,
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];
