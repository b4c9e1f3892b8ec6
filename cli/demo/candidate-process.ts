import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Where a candidate of the demo stands: what one sees of a process from outside. */
export type Standing = 'gone' | 'joins' | 'waits' | 'leads';

/** `rx-leadership elect --json` as a process of its own, and what it tells. */
export class CandidateProcess {
  readonly id: string;
  standing: Standing = 'gone';
  token: bigint | undefined;
  readonly #store: string;
  readonly #changed: (candidate: CandidateProcess) => void;
  #process: ChildProcess | undefined;

  constructor(id: string, store: string, changed: (candidate: CandidateProcess) => void) {
    this.id = id;
    this.#store = store;
    this.#changed = changed;
  }

  start(): void {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const program = fileURLToPath(new URL(`../main.${extension}`, import.meta.url));
    const args = ['elect', 'demo', '--json', '--id', this.id, '--store', this.#store];
    const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
      detached: true, // Ctrl-C reaches the demo alone, which then ends them in order
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#process = child;
    this.#set('joins');
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#told(JSON.parse(line) as { readonly elected: boolean; readonly token?: string });
    });
    child.once('close', () => {
      this.#process = undefined;
      this.#set('gone');
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Resolves when it is gone. */
  async leave(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const leaving = this.#process;
    if (leaving === undefined) return;
    const gone = new Promise((resolve) => leaving.once('close', resolve));
    leaving.kill(signal);
    await gone;
  }

  #told({ elected, token }: { readonly elected: boolean; readonly token?: string }): void {
    this.token = elected && token !== undefined ? BigInt(token) : undefined;
    this.#set(elected ? 'leads' : 'waits');
  }

  #set(standing: Standing): void {
    if (standing === this.standing) return;
    this.standing = standing;
    this.#changed(this);
  }
}
