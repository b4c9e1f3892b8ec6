import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { checkHistory, type HistoryDemands, type HistoryReport } from '../../testing/index.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/proxy.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { Worker } from '../support/worker.js';
import type { Command } from './candidate-worker.js';
import { ttl, type BackendServer } from './backends.js';
import { candidateProgram } from './program.js';
import { HistoryReader, historyOf, now, ofEvent, type Told, type ToldOf } from './history.js';
import { Register } from './register.js';
import { Runner } from './runner.js';

/** How long after its newest acknowledged renewal a candidate may still be valid. */
export const certain = ttl - 200;

/** How long is waited for what is not measured: a busy machine is slow to start processes. */
export const patience = 30_000;

export interface RunnerOptions {
  /** Reaches the server only through this. */
  readonly through?: TcpProxy;
  /** Reaches the store so. Default: the server, or what it goes through. */
  readonly url?: string;
  /** Looks at no clock. */
  readonly naive?: boolean;
  /** Tells what a follower in its process sees. */
  readonly follow?: boolean;
  /** Does not run before it is told to. */
  readonly held?: boolean;
}

/** One election, its candidates, a register that they write to, and the history of it all. */
export class Race {
  readonly key = `fault/${randomBytes(4).toString('hex')}`;
  readonly runners: Runner[] = [];
  readonly #server: BackendServer;
  readonly #folder = temporaryFolder('race');
  readonly #history = join(this.#folder.path, 'history');
  readonly #socket = join(this.#folder.path, 'register');
  readonly #told: Told[] = [];
  readonly #reader = new HistoryReader(this.#history, this.#told);
  readonly #proxies: TcpProxy[] = [];
  readonly #lateness = monitorEventLoopDelay();
  #program = '';
  #register: Register | undefined;

  constructor(server: BackendServer) {
    this.#server = server;
  }

  /** Of the store, without a way between. */
  get url(): string {
    return this.#server.url(this.#server.port);
  }

  /** How long this election may have no leader though it can have one. */
  get bound(): number {
    return this.#server.backend.bound;
  }

  async open(): Promise<void> {
    this.#program = await candidateProgram();
    this.#lateness.enable();
    this.#register = await Register.start(this.#socket, this.#told);
  }

  async close(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.process.sigkill()));
    for (const proxy of this.#proxies) proxy.stop();
    this.#register?.stop();
    this.#reader.close();
    this.#folder.remove();
  }

  /** Starts a candidate. */
  enter(id: string, { through, url, ...flags }: RunnerOptions = {}): Runner {
    const store = url ?? this.#server.url(through?.port ?? this.#server.port);
    const given = { store, key: this.key, id, history: this.#history, register: this.#socket };
    const args = Object.entries(given).map(([name, value]) => `--${name}=${value}`);
    for (const [name, set] of Object.entries(flags)) if (set) args.push(`--${name}`);
    const runner = new Runner(this, id, new Worker<never, Command>(this.#program, args));
    this.runners.push(runner);
    if (this.#server.backend.afterDeath !== undefined)
      void runner.process.exited.then(() => {
        this.#told.push({ t: runner.livedUntil, who: runner.who, e: 'died' });
      });
    return runner;
  }

  /** One that leads, and one that waits behind it. */
  async pair(first: RunnerOptions = {}, second: RunnerOptions = {}): Promise<[Runner, Runner]> {
    const one = this.enter('one', first);
    const two = this.enter('two', { ...second, held: true });
    await one.leads();
    two.do({ do: 'start' });
    await two.is('waiting');
    return [one, two];
  }

  async proxy(): Promise<TcpProxy> {
    const proxy = await TcpProxy.start(this.#server.port);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Everything that is known by now, nearly in the order in which it happened. */
  records(): readonly Told[] {
    this.#reader.read();
    return this.#told;
  }

  /** Tells of a fault, and when it was. */
  fault(name: string, phase: 'from' | 'to' = 'from'): number {
    const t = now();
    this.#told.push({ t, who: 'test', e: 'fault', name, phase });
    return t;
  }

  /** Says that somebody who was not asked takes the key away. The leader learns of it soon. */
  forced(): number {
    const t = now();
    this.#told.push({ t, who: 'test', e: 'forced', until: t + 250 });
    return t;
  }

  /** Says that nobody can lead for a while. */
  nobody(phase: 'from' | 'to'): void {
    this.#told.push({ t: now(), who: 'test', e: 'nobody', phase });
  }

  async until<T>(what: string, look: () => T | undefined, within = patience): Promise<T> {
    const found = await eventually(
      () => {
        const seen = look();
        return seen !== undefined && { seen };
      },
      { what, within },
    );
    return found.seen;
  }

  /** Waits until the register has taken a write with this token. */
  async wrote({ token }: ToldOf<'start'>): Promise<void> {
    await this.until(`a write with token ${token}`, () =>
      this.writes().find((write) => write.token === token),
    );
  }

  /** What the register has taken. */
  writes(): ToldOf<'write'>[] {
    return ofEvent(this.records(), 'write').filter(({ ok }) => ok);
  }

  /** The first term that began after `since`, which must not be later than `within`. */
  async newLeader(since: number, within = this.bound): Promise<ToldOf<'start'>> {
    const start = await this.until('a new leader', () =>
      ofEvent(this.records(), 'start').find(({ t }) => t > since),
    );
    expect(start.t - since, 'milliseconds until a new leader').toBeLessThan(within);
    return start;
  }

  /** What is known of a term that begins when it is this one's turn: without a queue, nothing. */
  inTurn({ who }: Runner): Partial<ToldOf<'start'>> {
    return this.#server.backend.queue ? { who } : {};
  }

  /** The same where the process of the leader has died: some stores see that. */
  newLeaderAfterDeath(since: number): Promise<ToldOf<'start'>> {
    return this.newLeader(since, this.#server.backend.afterDeath);
  }

  /** Somebody leads at a moment after `since`, which must not be later than `within`. */
  async led(since: number, within = this.bound): Promise<ToldOf<'probe'>> {
    const probe = await this.until('somebody leads', () =>
      ofEvent(this.records(), 'probe').find(({ t, valid }) => valid && t > since),
    );
    expect(probe.t - since, 'milliseconds without a leader').toBeLessThan(within);
    return probe;
  }

  /** The claims of the election in the store, the leader's first. */
  claims(): Promise<string[]> {
    return this.#server.claims(this.key);
  }

  /** Every candidate that still runs has one claim, and nobody else has one. */
  async hasClaims(count: number): Promise<void> {
    const there = this.#server.backend.queue ? count : Math.min(1, count);
    await eventually(async () => expect(await this.claims()).toHaveLength(there), {
      within: this.bound,
      every: 100,
    });
  }

  /**
   * The term of `runner` goes on for as long as this takes. Nobody is told anything, unless it may
   * show that renewals are late; and late they are on a machine that is.
   */
  async stays(
    runner: Runner,
    during: () => unknown,
    { suspended = false }: { suspended?: boolean } = {},
  ): Promise<void> {
    this.#lateness.reset();
    const since = now();
    await during();
    const { who } = await this.led(now(), 500);
    const passed =
      suspended || this.wasLate(since, this.#others(runner)) ? ['leading', 'suspended'] : [];
    const states = runner.states(since).filter((state) => !passed.includes(state));
    expect({ who, states }).toEqual({ who: runner.who, states: [] });
  }

  /** Whether the machine did not let everybody run when they wanted to. */
  wasLate(since: number, runners = this.runners): boolean {
    return this.#late > 50 || runners.some((runner) => runner.wasLate(since));
  }

  report(demands: HistoryDemands = {}): HistoryReport {
    return checkHistory(historyOf(this.records()), demands);
  }

  /** Never two leaders; and what was planned did happen. */
  async isSafe({
    refused = 0,
    ...demands
  }: HistoryDemands & { refused?: number | 'some' }): Promise<void> {
    await sleep(50); // for what is being told
    const { findings, staleWritesRefused } = this.report(demands);
    expect(findings).toEqual([]);
    expect(ofEvent(this.records(), 'fault').length, 'faults').toBeGreaterThan(0);
    expect(this.writes().length, 'writes').toBeGreaterThan(demands.terms ?? 1);
    if (refused !== 'some') expect(staleWritesRefused, 'refused writes').toBe(refused);
  }

  /** What happened, for the message of a failed test. */
  story(): string {
    const told = this.records()
      .filter(({ e }) => e !== 'write' && e !== 'renew' && e !== 'probe')
      .sort((a, b) => a.t - b.t);
    const [first] = told;
    const lines = told.map(({ t, ...rest }) => {
      const { who, e, ...more } = rest;
      return `${(t - (first?.t ?? t)).toFixed(1)} ${who} ${e} ${JSON.stringify(more)}`;
    });
    const logs = this.runners.flatMap(({ who, process }) =>
      process.log === '' ? [] : [`${who}: ${process.log}`],
    );
    return [...lines, ...logs, `this process was late by up to ${this.#late} ms`].join('\n');
  }

  #others(runner: Runner): Runner[] {
    return this.runners.filter((other) => other !== runner);
  }

  /** By how many milliseconds this process was late, at worst. */
  get #late(): number {
    return Math.round(this.#lateness.max / 1e6);
  }
}

/** Runs an election; its history is in the message when it fails. */
export async function runRace(
  server: BackendServer,
  run: (race: Race) => Promise<void>,
): Promise<void> {
  const race = new Race(server);
  await race.open();
  try {
    await run(race);
  } catch (error) {
    if (error instanceof Error) error.message += `\n${race.story()}`;
    throw error;
  } finally {
    await race.close();
  }
}

/** A test of one election, beside others on the same server. */
export function scenario(
  server: () => BackendServer,
  name: string,
  run: (race: Race) => Promise<void>,
): void {
  it.concurrent(name, { timeout: 3 * patience }, () => runRace(server(), run));
}
