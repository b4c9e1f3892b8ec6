import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs the guard, a process of its own: see `guard.ts`. One that ends is replaced. */
export class Guarding {
  #guard: ChildProcess;
  #last = 'done';
  #closed = false;

  constructor() {
    this.#guard = this.#start();
  }

  /** The group is killed at `deadline`, in nanoseconds of the monotonic clock, or when we die. */
  watch(group: number, deadline: bigint): void {
    this.#tell(`watch ${String(group)} ${String(deadline)}`);
  }

  /** Nobody is left to be killed. */
  done(): void {
    this.#tell('done');
  }

  close(): void {
    this.#closed = true;
    this.#guard.stdin?.end('done\n');
  }

  #start(): ChildProcess {
    const flags = process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
    const guard = spawn(process.execPath, [...flags, programOfGuard()], {
      detached: true, // what ends us all at once should not end it
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    guard.unref();
    guard.stdin.on('error', () => undefined);
    guard.on('error', () => undefined);
    guard.once('exit', () => {
      if (this.#closed) return;
      this.#guard = this.#start();
      this.#tell(this.#last);
    });
    return guard;
  }

  #tell(line: string): void {
    this.#last = line;
    this.#guard.stdin?.write(`${line}\n`);
  }
}

function programOfGuard(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./guard.${extension}`, import.meta.url));
}
