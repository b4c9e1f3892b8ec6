import { firstValueFrom, filter } from 'rxjs';
import { openStore } from '../../stores/open-store.js';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, type Exit } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** How to start the command: what Node is called with before its arguments, and where. */
export interface Installation {
  readonly program: readonly string[];
  readonly cwd: string;
}

export interface Done extends Exit {
  readonly out: readonly string[];
  readonly said: string;
}

/** The command on one store, as processes of their own. All end with `close`. */
export class CommandLine {
  readonly #installation: Installation;
  readonly #store: string;
  readonly #folder = temporaryFolder('cli');
  readonly #children: Child[] = [];

  constructor(installation: Installation, store: string) {
    this.#installation = installation;
    this.#store = store;
  }

  /** Starts it, with the store in its environment. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
    const { program, cwd } = this.#installation;
    const child = new Child(process.execPath, [...program, ...args], {
      cwd,
      env: { ...process.env, RX_LEADERSHIP_STORE: this.#store, ...env },
    });
    this.#children.push(child);
    return child;
  }

  /** Runs it to its end. */
  async finish(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Done> {
    return done(this.start(args, env));
  }

  /** Waits until so many stand in the queue. */
  async queue(key: string, length: number): Promise<void> {
    const store = await openStore(this.#store);
    await firstValueFrom(store.contenders(key).pipe(filter((queue) => queue.length === length)));
    await store.close();
  }

  /** A file of its own. */
  file(name: string): string {
    return join(this.#folder.path, name);
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.kill()));
    this.#folder.remove();
  }
}

export async function done(child: Child): Promise<Done> {
  return { ...(await child.exited), out: child.lines, said: child.log };
}

/** What commands wrote while they ran, one line of `<token> <word>` each, in the order of time. */
export class Diary {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
    appendFileSync(file, '');
  }

  /** Notes itself every 20 ms until it is told to end, then `after` it. */
  ticking(after = 'exit 0'): readonly string[] {
    return ['sh', '-c', this.#loop(`trap '${this.#note('told')}; ${after}' TERM`)];
  }

  /** Does not listen to SIGTERM, and has a child that does not either. Begins with its group. */
  deaf(): readonly string[] {
    const loop = this.#loop('true');
    return ['sh', '-c', `trap '' TERM; ${this.#note('$$')}; (${loop}) & ${loop}`];
  }

  #loop(trap: string): string {
    return `${trap}; while :; do ${this.#note('works')}; sleep 0.02; done`;
  }

  #note(word: string): string {
    return `echo "$LEADERSHIP_TOKEN ${word}" >>${this.#file}`;
  }

  get lines(): readonly (readonly [token: bigint, word: string])[] {
    if (!existsSync(this.#file)) return [];
    return readFileSync(this.#file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [token = '', word = ''] = line.split(' ');
        return [BigInt(token), word] as const;
      });
  }

  /** The process group that the first command has told. */
  get group(): number {
    return Number(this.lines[0]?.[1]);
  }

  /** Tokens in the order of their first line. */
  get tokens(): readonly bigint[] {
    return [...new Set(this.lines.map(([token]) => token))];
  }

  /** Lines that a command wrote after one with a larger token had begun: there must be none. */
  get overlaps(): readonly bigint[] {
    let largest = 0n;
    return this.lines.flatMap(([token]) => {
      if (token < largest) return [token];
      largest = token;
      return [];
    });
  }

  /** Waits for the command of the nth term. */
  async term(number: number, within = 20_000): Promise<bigint> {
    const begun = () => this.tokens[number - 1] ?? false;
    return eventually(begun, { what: `a command in term ${number}`, within });
  }
}
