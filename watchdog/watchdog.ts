import { Worker } from 'node:worker_threads';
import { defer, finalize, tap, type MonoTypeOperatorFunction } from 'rxjs';
import { LeadershipError } from '../lib/errors.js';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { checkDuration } from '../lib/timing.js';
import { Deadline, workerProgram, type WorkerData } from './worker-program.js';

/** How to watch over a process that leads. Durations are milliseconds. */
export interface WatchdogOptions {
  /**
   * What happens to a process that sleeps through the end of its lease. `kill` (default): SIGKILL,
   * at which nothing else of it runs. `report`: a line on standard error.
   */
  readonly action?: 'kill' | 'report' | undefined;
  /**
   * How long after the deadline the process may still see to it itself: others wait a little longer
   * than it believes, by the margin of the lease, and this should be less. Default 100.
   */
  readonly grace?: number | undefined;
}

/** How often the deadline is brought up to date, in milliseconds. */
const every = 100;

/**
 * Ends this process when it sleeps through the end of its lease: in a loop that never yields, say,
 * where no timer runs, no signal is given and work goes on as if it still led.
 *
 *     leadership  --w--A--------------i--     w waiting, A a term, i interrupted
 *     event loop  ------------xxxxxxxx--      x blocked
 *     lease       -----|-----------!          ! over
 *     process     ------------------†         killed, before another one leads
 *
 * - Emits every state as it comes, completes and errors with the source.
 * - A thread of its own waits for the end of the lease, through memory that it shares; so it needs no
 *   event loop. What the process itself has seen to is no business of it: a term that ended in
 *   order, a lease that was renewed (known to it 100 ms later at most), a pause of the whole process
 *   (SIGSTOP) after which `isValid()` says no at once.
 * - The thread begins with the subscription, keeps no process alive, and ends with the
 *   subscription, or after the drain that follows it.
 * - In Node only, on stores that keep real time.
 *
 * @example
 * campaign(store, { key, id }).pipe(watchdog(), whileLeader(work)).subscribe();
 * @throws LeadershipError `invalid-option` at the call.
 * @returns A function that passes the states of a candidate on.
 */
export function watchdog({
  action = 'kill',
  grace = 100,
}: WatchdogOptions = {}): MonoTypeOperatorFunction<Leadership> {
  checkDuration('grace', grace, 0);
  if (!['kill', 'report'].includes(action))
    throw new LeadershipError('invalid-option', `action is ${action}, not "kill" or "report"`);
  return (leadership$) =>
    defer(() => {
      const watch = new Watch(action, grace);
      return leadership$.pipe(
        tap((leadership) => watch.see(leadership)),
        finalize(() => watch.end()),
      );
    });
}

/** Keeps the deadline in shared memory up to date, for as long as the event loop runs. */
class Watch {
  readonly #deadline = new Deadline();
  readonly #timer: NodeJS.Timeout;
  #term: Term | undefined;
  #ending = false;

  constructor(action: 'kill' | 'report', grace: number) {
    const { memory } = this.#deadline;
    const workerData: WorkerData = { memory, action, grace, message: messageOf(action) };
    const worker = new Worker(workerProgram, { eval: true, workerData });
    worker.on('error', (error) => process.emitWarning(error));
    worker.unref();
    this.#timer = setInterval(() => this.#update(), every).unref();
  }

  see(leadership: Leadership): void {
    if (leadership.elected) this.#term = leadership.term;
    this.#update(); // work may drain after the end of a term: that is its lease too
  }

  end(): void {
    this.#ending = true;
    this.#update();
  }

  #update(): void {
    const remaining = this.#term?.remaining() ?? 0;
    if (remaining > 0) {
      this.#deadline.set(process.hrtime.bigint() + BigInt(Math.ceil(remaining * 1e6)));
      return;
    }
    this.#term = undefined;
    this.#deadline.set(undefined);
    if (!this.#ending) return;
    clearInterval(this.#timer);
    this.#deadline.close();
  }
}

function messageOf(action: 'kill' | 'report'): string {
  const then = action === 'kill' ? ', and is killed' : '';
  return `rx-leadership: this process slept through the end of its lease${then}: look for what blocks its event loop\n`;
}
