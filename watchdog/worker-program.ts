/** What the worker is given. */
export interface WorkerData {
  /** See {@link Deadline}. */
  readonly memory: SharedArrayBuffer;
  readonly action: 'kill' | 'report';
  /** Milliseconds. */
  readonly grace: number;
  readonly message: string;
}

/**
 * The program of the worker, as text: so it needs no file that a bundler would have to know of.
 *
 * It sleeps until the deadline. One that has moved on is found then, so that renewals wake nobody.
 */
export const workerProgram = `
const { workerData: { memory, action, grace, message } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const words = new Int32Array(memory, 0, 2);
const deadlines = new BigInt64Array(memory, 8, 1);
const [changes, closed] = [0, 1];
while (Atomics.load(words, closed) === 0) {
  const change = Atomics.load(words, changes);
  const deadline = Atomics.load(deadlines, 0);
  if (deadline === 0n) {
    Atomics.wait(words, changes, change);
    continue;
  }
  const left = Number(deadline - process.hrtime.bigint()) / 1e6 + grace;
  if (left > 0) {
    Atomics.wait(words, changes, change, left);
    continue;
  }
  // Taken back in this very moment: the process has seen to it itself.
  if (Atomics.compareExchange(deadlines, 0, deadline, 0n) !== deadline) continue;
  try {
    writeSync(2, message);
  } catch {
    // nobody reads it
  }
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
}
`;

/** The moment until which this process may lead, in memory that the worker shares. */
export class Deadline {
  readonly memory = new SharedArrayBuffer(16);
  readonly #words = new Int32Array(this.memory, 0, 2);
  readonly #deadline = new BigInt64Array(this.memory, 8, 1);

  /** In nanoseconds of the monotonic clock; `undefined`: nobody leads. */
  set(deadline: bigint | undefined): void {
    const before = Atomics.exchange(this.#deadline, 0, deadline ?? 0n);
    if (before === 0n || deadline === undefined || deadline < before) this.#wake();
  }

  /** Ends the worker. */
  close(): void {
    Atomics.store(this.#words, 1, 1);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#words, 0, 1);
    Atomics.notify(this.#words, 0);
  }
}
