import type { VirtualTimeScheduler } from 'rxjs';

/** Where the work of a scheduler was first scheduled. */
export interface Trace {
  originOf(work: unknown): Error | undefined;
  stop(): void;
}

/**
 * Remembers where each piece of work comes from, from now on. Work that repeats is scheduled once
 * and goes on by itself, so this costs little, and nothing is formatted before it is asked for.
 */
export function tracing(scheduler: VirtualTimeScheduler): Trace {
  const origins = new WeakMap<object, Error>();
  const schedule = scheduler.schedule.bind(scheduler);
  scheduler.schedule = (work, delay, state) => {
    origins.set(work, new Error('scheduled'));
    return schedule(work, delay, state);
  };
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 60; // a subscription through a few operators is deep
  return {
    originOf: (work) => (typeof work === 'function' ? origins.get(work) : undefined),
    stop: () => {
      scheduler.schedule = schedule;
      Error.stackTraceLimit = stackTraceLimit;
    },
  };
}

export const untraced: Trace = { originOf: () => undefined, stop: () => undefined };

/** What is still scheduled, in words, or `undefined` when that is nothing. Clears it. */
export function leftOver(scheduler: VirtualTimeScheduler, trace: Trace): string | undefined {
  const actions = scheduler.actions.splice(0);
  if (actions.length === 0) return undefined;
  const frame = scheduler.now();
  const places = actions.map((action) => {
    const { work, delay } = action as unknown as { work: unknown; delay: number };
    action.unsubscribe();
    return `- due at frame ${delay}, started\n${place(trace.originOf(work))}`;
  });
  const what = `${actions.length} still scheduled at frame ${frame}, after every store was closed`;
  return [`leak: ${what}:`, ...places].join('\n');
}

/** The frames of a stack that are neither RxJS's nor ours. */
function place(origin: Error | undefined): string {
  const lines = origin?.stack?.split('\n').filter((line) => /^\s+at |@/.test(line)) ?? [];
  const foreign = lines.filter((line) => !/node_modules|node:|\/leaks\.[jt]s/.test(line));
  const own = foreign.length > 0 ? foreign : lines;
  return own.length === 0 ? '    at a place unknown: was `trace` off?' : own.slice(0, 4).join('\n');
}
