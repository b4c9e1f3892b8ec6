import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import { atExit } from './at-exit.js';

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * A child process that never outlives this one: the kernel kills it when we die, in whatever way
 * (`setpriv --pdeathsig`, which then becomes the program: same process id).
 */
export class Child {
  /** What it wrote to its standard output, line by line. */
  readonly lines: string[] = [];
  /** The end of what it wrote to its standard error. */
  log = '';
  /** Resolves when it has ended and all its lines are here. */
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #changes = new EventEmitter<{ line: [string]; change: [] }>().setMaxListeners(0);
  #exit: Exit | undefined;

  constructor(program: string, args: readonly string[], options: ChildOptions = {}) {
    this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
      ...options,
      stdio: 'pipe',
    });
    const done = atExit(() => this.signal('SIGKILL'));
    this.#collect();
    this.exited = new Promise((resolve) => {
      this.#process.once('error', (error) => (this.log += String(error)));
      this.#process.once('close', (code, signal) => {
        done();
        this.#exit = { code, signal };
        this.#changes.emit('change');
        resolve(this.#exit);
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** How it ended; `undefined` while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Calls `listener` with each further line. */
  onLine(listener: (line: string) => void): void {
    this.#changes.on('line', listener);
  }

  /** Writes one line to its standard input. */
  writeLine(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** Sends a signal, if it still runs. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it at once, also while it is stopped. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    return this.exited;
  }

  /** The first thing other than `undefined` that `look` returns: now, or after a further line. */
  async until<T>(what: string, look: () => T | undefined, timeout = 10_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (found !== undefined) end(() => resolve(found));
        else if (this.#exit) fail(`it ended with ${JSON.stringify(this.#exit)}`);
      };
      const fail = (why: string) =>
        end(() => reject(new Error(`${what}: ${why}\n${this.lines.join('\n')}\n${this.log}`)));
      const timer = setTimeout(() => fail(`not within ${timeout} ms`), timeout);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#changes.off('change', check);
        settle();
      };
      this.#changes.on('change', check);
      check();
    });
  }

  #collect(): void {
    const { stdin, stdout, stderr } = this.#process;
    stdin?.on('error', () => undefined); // it may end before it reads
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log = (this.log + text).slice(-16_384);
    });
    if (!stdout) return;
    createInterface({ input: stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#changes.emit('line', line);
      this.#changes.emit('change');
    });
  }
}
