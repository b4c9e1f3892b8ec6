import { Child, type Exit } from '../../support/child.js';
import type { Command } from '../candidate-worker.js';
import type { ToldOf } from '../history.js';
import type { HistoryFile } from './history-file.js';
import type { Network } from './network.js';

export interface ClientOptions {
  /** The program, in JavaScript. */
  readonly program: string;
  readonly args: readonly string[];
}

/** A candidate or a follower, in a process of its own on a machine of its own. */
export class Client {
  readonly name: string;
  readonly #network: Network;
  readonly #history: HistoryFile;
  readonly #options: ClientOptions;
  #child: Child;
  /** How many faults keep it from leading. */
  #ill = 0;
  #stopped = 0;

  constructor(name: string, network: Network, history: HistoryFile, options: ClientOptions) {
    this.name = name;
    this.#network = network;
    this.#history = history;
    this.#options = options;
    this.#child = this.#start();
  }

  /** It runs, and nothing keeps it from doing what it wants. */
  get isWell(): boolean {
    return this.#ill === 0 && this.#stopped === 0 && this.isRunning;
  }

  get isRunning(): boolean {
    return this.#child.exit === undefined;
  }

  get exited(): Promise<Exit> {
    return this.#child.exited;
  }

  /** What it has said on its output. */
  get said(): readonly string[] {
    return this.#child.lines;
  }

  get log(): string {
    return this.#child.log;
  }

  /** Under this name it stands in the history. Another one after each start. */
  get who(): string {
    return `${this.name}@${String(this.#child.pid)}`;
  }

  do(command: Command): void {
    this.#child.writeLine(JSON.stringify(command));
  }

  /** A fault keeps it from leading, until it is `well` as often. */
  ill(): void {
    this.#ill += 1;
  }

  well(): void {
    this.#ill -= 1;
  }

  stop(): void {
    this.#stopped += 1;
    this.#child.signal('SIGSTOP');
  }

  /** It goes on, when it was told so as often as it was stopped; it may also have stopped itself. */
  goOn(): void {
    this.#stopped -= 1;
    if (this.#stopped === 0) this.wake();
  }

  wake(): void {
    if (this.#stopped === 0) this.#child.signal('SIGCONT');
  }

  kill(): Promise<Exit> {
    return this.#child.kill();
  }

  /** Starts it anew, when it has ended. */
  restart(): void {
    if (!this.isRunning) this.#child = this.#start();
  }

  last<E extends 'view' | 'state' | 'start'>(event: E): ToldOf<E> | undefined {
    return this.#history.all(event, this.who).at(-1);
  }

  noted(what: string, since = 0): ToldOf<'note'> | undefined {
    return this.#history
      .all('note', this.who)
      .findLast((note) => note.t >= since && note.what.startsWith(what));
  }

  #start(): Child {
    const { program, args } = this.#options;
    const command = [process.execPath, '--enable-source-maps', program, ...args];
    return new Child(...this.#network.on(this.name, command));
  }
}
