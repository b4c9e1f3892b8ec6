import { expect } from 'vitest';
import { type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type Leadership } from '../../lib/index.js';
import { ScriptedStore } from './scripted-store.js';

/** What was seen when, as `frame: what`. */
export type Timeline = string[];

/** Runs `act` in virtual time over a scripted store, flushes, then checks nothing is left over. */
export function inVirtualTime(
  act: (world: {
    store: ScriptedStore;
    scheduler: TestScheduler;
    at: (frame: number, action: () => void) => void;
    record: (source: Observable<Leadership>, name?: string) => Subscription;
    seen: Timeline;
  }) => void,
): Timeline {
  const seen: Timeline = [];
  const scheduler = new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
  scheduler.run(() => {
    const store = new ScriptedStore(scheduler);
    const at = (frame: number, action: () => void) => {
      scheduler.schedule(action, frame);
    };
    const record = (source: Observable<Leadership>, name = '') =>
      source.subscribe(recorder(seen, scheduler, name));
    act({ store, scheduler, at, record, seen });
  });
  return seen;
}

function recorder(seen: Timeline, scheduler: SchedulerLike, name: string) {
  const write = (what: string) => {
    seen.push(`${String(scheduler.now())}: ${name === '' ? '' : `${name} `}${what}`);
  };
  return {
    next: (leadership: Leadership) => {
      write(brief(leadership));
    },
    error: (error: unknown) => {
      write(`error ${String(error)}`);
    },
    complete: () => {
      write('complete');
    },
  };
}

/** A leadership in a few words. */
export function brief(leadership: Leadership): string {
  switch (leadership.state) {
    case 'leading':
    case 'suspended':
      return `${leadership.state} ${String(leadership.term.token)}`;
    case 'resigning':
      return `resigning${leadership.ended === undefined ? '' : ` ${leadership.ended.reason}`}`;
    case 'interrupted': {
      const error = leadership.error as { code?: string; message?: string };
      const why = error.code ?? error.message ?? 'no error';
      return `interrupted ${leadership.ended?.reason ?? 'before'} ${why} ${String(leadership.retryIn)}`;
    }
    case 'cooling-down':
      return `cooling-down ${leadership.ended.reason} ${String(leadership.retryIn)}`;
    case 'waiting':
      return `waiting ${String(leadership.ahead ?? '?')}`;
    case 'joining':
      return 'joining';
  }
}
