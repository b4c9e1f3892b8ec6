import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../../testing/chance.js';
import { ttl } from './backends.js';
import { now, ofEvent } from './history.js';
import type { Race } from './race.js';
import type { Runner } from './runner.js';

export interface CrowdOptions {
  /** So many processes in all. */
  readonly processes: number;
  /** So many at a time. */
  readonly atOnce: number;
  /** So many faults at a time. */
  readonly hands: number;
}

/** What is done to a process; those who are killed or leave are followed by new ones. */
const acts = {
  kill: (crowd: Crowd, runner: Runner) => crowd.kill(runner),
  stop: (crowd: Crowd, runner: Runner) => crowd.stop(runner),
  pause: (crowd: Crowd, runner: Runner) => crowd.pause(runner),
  block: (crowd: Crowd, runner: Runner) => crowd.block(runner),
  resign: (crowd: Crowd, runner: Runner) => crowd.resign(runner),
  leave: (crowd: Crowd, runner: Runner) => crowd.leave(runner),
} as const;

type Fault = keyof typeof acts;

export const crowdFaults = Object.keys(acts) as Fault[];

const odds: readonly Fault[] = ['kill', 'kill', 'kill', ...crowdFaults];

/** Processes that want to lead one election, and what happens to them, several things at a time. */
export class Crowd {
  readonly #race: Race;
  readonly #chance: Chance;
  readonly #options: CrowdOptions;
  readonly #present = new Set<Runner>();
  readonly #struck = new Set<Runner>();
  /** Each once, and then whatever comes. */
  readonly #deck: Fault[];
  #started = 0;

  constructor(race: Race, chance: Chance, options: CrowdOptions) {
    this.#race = race;
    this.#chance = chance;
    this.#options = options;
    this.#deck = chance.shuffle(crowdFaults);
  }

  get present(): readonly Runner[] {
    return [...this.#present];
  }

  /** Goes on until the last process has started. */
  async run(): Promise<void> {
    const { atOnce, hands } = this.#options;
    while (this.#present.size < atOnce) this.#enter();
    await this.#race.until('a leader', () => ofEvent(this.#race.records(), 'start')[0]);
    await Promise.all(Array.from({ length: hands }, () => this.#strikes()));
  }

  /** All leave in order. */
  async close(): Promise<void> {
    await Promise.all(this.present.map((runner) => this.leave(runner)));
  }

  /** All go on. Returns when that was. */
  mend(): number {
    for (const { process } of this.#present) process.sigcont();
    return now();
  }

  async kill(runner: Runner): Promise<void> {
    this.#leaves(runner);
    await runner.kill();
  }

  async stop(runner: Runner): Promise<void> {
    await this.#race.led(now(), Infinity);
    runner.process.sigstop();
    await this.#last();
    runner.process.sigcont();
  }

  /** Only a leader stops between its look and its deed. */
  async pause(runner: Runner): Promise<void> {
    runner.do({ do: 'pause' });
    await this.#last();
    runner.process.sigcont();
  }

  async block(runner: Runner): Promise<void> {
    await this.#race.led(now(), Infinity);
    const ms = this.#duration();
    runner.do({ do: 'block', ms });
    await sleep(ms);
  }

  async resign(runner: Runner): Promise<void> {
    runner.do({ do: 'resign' });
    await sleep(this.#chance.between(0, 100));
  }

  async leave(runner: Runner): Promise<void> {
    this.#leaves(runner);
    runner.do({ do: 'close' });
    await runner.process.exited;
  }

  async #strikes(): Promise<void> {
    while (this.#started < this.#options.processes) {
      await sleep(this.#chance.between(0, 300));
      const next = this.#deck.pop();
      const fault = next ?? this.#chance.pick(odds);
      const victim = this.#victim(fault);
      if (victim === undefined) {
        if (next !== undefined) this.#deck.unshift(next);
        continue;
      }
      this.#struck.add(victim);
      this.#race.fault(fault);
      await acts[fault](this, victim);
      this.#race.fault(fault, 'to');
      this.#struck.delete(victim);
    }
  }

  /**
   * The leader, every other time. Who waits is stopped or blocked only while somebody leads: so
   * each that stands in front has lost its place when a ttl has passed without a leader.
   */
  #victim(fault: Fault): Runner | undefined {
    const free = this.present.filter((runner) => !this.#struck.has(runner));
    const { who } = ofEvent(this.#race.records(), 'start').at(-1) ?? {};
    const leader = free.find((runner) => runner.who === who);
    const onlyLeaders = fault === 'pause' || fault === 'resign';
    if (onlyLeaders || this.#chance.next() < 0.5) return leader;
    // One that is stopped may be killed, too.
    return this.#chance.pick(fault === 'kill' ? this.present : free);
  }

  #leaves(runner: Runner): void {
    if (!this.#present.delete(runner)) return;
    if (this.#started < this.#options.processes) this.#enter();
  }

  #enter(): void {
    this.#started += 1;
    this.#present.add(this.#race.enter(`number-${this.#started}`));
  }

  /** From a blink to longer than the lease. */
  #duration(): number {
    return ttl * this.#chance.between(0.1, 1.5);
  }

  #last(): Promise<void> {
    return sleep(this.#duration());
  }
}
