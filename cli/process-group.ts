import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';

/** How a child ended: one of the two is there. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long to wait for the last one to be gone after SIGKILL, in milliseconds. */
const dying = 100;

/** Waits for a word on its fourth descriptor, then becomes the command: same process, same group. */
const gate = 'read -r go <&3 || exit 125; exec 3<&-; exec "$@"';

/**
 * A child with all that it starts, as far as these stay in its process group. It is held at a gate
 * until it is let go, so that whoever must know of it does before it does anything.
 */
export class ProcessGroup {
  /** Resolves when the child has ended; others of its group may live on. */
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #forgotten = false;

  constructor(command: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn('/bin/sh', ['-c', gate, 'rx-leadership', ...command], {
      detached: true, // a group of its own: a Ctrl-C reaches us alone, and we pass it on
      env,
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    });
    this.#gate.on('error', () => undefined); // ended before it was let go
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  get #gate(): Writable {
    return this.#child.stdio[3] as Writable;
  }

  /** `undefined`: it could not be started. */
  get id(): number | undefined {
    return this.#child.pid;
  }

  letGo(): void {
    this.#gate.end('go\n');
  }

  signal(signal: NodeJS.Signals): void {
    this.#kill(signal);
  }

  /** Whether nobody of the group is left, but for those whom nobody has buried yet. */
  get isGone(): boolean {
    return !this.#kill(0);
  }

  /** Tells all of the group to end, and kills them as soon as they may not go on any more. */
  async stop(signal: NodeJS.Signals, mayGoOn: () => boolean): Promise<void> {
    this.signal(signal);
    while (!this.isGone && mayGoOn()) await sleep(10);
    this.signal('SIGKILL');
    await this.ended;
    // Those who have died and were not buried count too; in a container maybe nobody buries them.
    const until = performance.now() + dying;
    while (!this.isGone && performance.now() < until) await sleep(5);
  }

  /** It is gone: its number may soon be another group's. */
  forget(): void {
    this.#forgotten = true;
  }

  #kill(signal: NodeJS.Signals | 0): boolean {
    if (this.id === undefined || this.#forgotten) return false;
    try {
      return process.kill(-this.id, signal);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM'; // there, but another user's
    }
  }
}
