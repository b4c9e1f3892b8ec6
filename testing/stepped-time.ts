import { VirtualTimeScheduler, type SchedulerLike } from 'rxjs';
import { LeadershipError, monotonicScheduler } from '../lib/index.js';

/** Time that stands still until a test lets it go on, with the promises of the code under test. */
export interface SteppedTime {
  readonly scheduler: SchedulerLike;
  /** Lets this much time pass: everything that falls due, and between any two all promises. */
  advance(duration: number): Promise<void>;
  /** How far to step at once when it is not known how long something takes. */
  stride(): number;
}

/** Runs what promises have made ready, however long their chains are. */
async function promisesRun(): Promise<void> {
  // A message is a task of its own, and nobody's fake timers replace it.
  if (typeof MessageChannel === 'undefined') return manyTurns();
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const onmessage = () => {
      port1.close();
      resolve();
    };
    Object.assign(port1, { onmessage }); // of both Node and browsers; their types differ
    port2.postMessage(undefined);
  });
}

/** For surroundings without messages, such as jsdom. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
}

/** Time of its own. Nothing but what is given `scheduler` takes part in it. */
export class VirtualTime implements SteppedTime {
  readonly scheduler = new VirtualTimeScheduler();
  #last: Promise<void> = Promise.resolve();

  async advance(duration: number): Promise<void> {
    checkStep(duration);
    const step = this.#last.then(() => this.#advance(duration));
    this.#last = step.catch(() => undefined); // whoever asked for it is told
    return step;
  }

  stride(): number {
    const { actions, frame } = this.scheduler;
    const [next] = actions;
    return next === undefined ? Infinity : Math.max(0, next.delay - frame);
  }

  async #advance(duration: number): Promise<void> {
    const { scheduler } = this;
    const end = scheduler.frame + duration;
    await promisesRun();
    for (let [next] = scheduler.actions; next && next.delay <= end; [next] = scheduler.actions) {
      scheduler.maxFrames = next.delay;
      scheduler.flush();
      await promisesRun();
    }
    scheduler.frame = end;
  }
}

/** The time of a runner's fake timers: everything takes part that knows only `setTimeout`. */
export class FakedTime implements SteppedTime {
  readonly scheduler = monotonicScheduler;
  readonly #advanceTimers: (duration: number) => unknown;

  constructor(advanceTimers: (duration: number) => unknown) {
    this.#advanceTimers = advanceTimers;
  }

  async advance(duration: number): Promise<void> {
    checkStep(duration);
    const end = this.scheduler.now() + duration;
    await this.#advanceTimers(duration);
    await promisesRun();
    const missing = end - this.scheduler.now();
    if (Math.abs(missing) <= 1) return;
    throw new LeadershipError(
      'invalid-option',
      `advanceTimers(${duration}) left performance.now() ${missing.toFixed(1)} ms behind: switch ` +
        'fake timers on before virtualStore() is called, and have them fake `performance` too; ' +
        'or leave advanceTimers out and give `store.scheduler` to your timers',
    );
  }

  stride(): number {
    return 10;
  }
}

function checkStep(duration: number): void {
  if (Number.isFinite(duration) && duration >= 0) return;
  const message = `cannot advance by ${duration}: it must be milliseconds, 0 or more`;
  throw new LeadershipError('invalid-option', message);
}
