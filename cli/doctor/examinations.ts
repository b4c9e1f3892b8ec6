import { hostname } from 'node:os';
import { filter, firstValueFrom, map, take, timeout, type Observable } from 'rxjs';
import type { ClaimState, LeadershipStore, Settlement } from '../../lib/contract.js';
import { isLeadershipError } from '../../lib/errors.js';
import { defaultDrain, roomForDrain } from '../../lib/timing.js';
import { messageOf } from '../output.js';

/** What an examination has found: fine, worth a look, or in the way of elections. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly found: string;
  /** What to do. */
  readonly mend?: string;
}

const patience = 10_000;

/** How fast it answers, as a part of what a renewal may take. */
export async function examineContact(store: LeadershipStore, key: string): Promise<Finding> {
  const times: number[] = [];
  for (let look = 0; look < 5; look += 1) {
    const began = performance.now();
    await inTime(store.watch(key).pipe(filter(({ stale }) => !stale)));
    times.push(performance.now() - began);
  }
  const median = times.sort((one, other) => one - other)[2] ?? 0;
  const found = `a look takes ${median.toFixed(1)} ms (median of 5, slowest ${(times.at(-1) ?? 0).toFixed(1)} ms)`;
  const { gap } = store.timing();
  if (median < gap / 10) return { level: 'ok', what: 'contact', found };
  const mend = `renewals have ${String(gap)} ms: raise ttl, or come closer to the store`;
  return { level: 'warn', what: 'contact', found, mend };
}

/** What is asked for, and what comes of it. */
export function examineTiming(store: LeadershipStore): Finding {
  const timing = store.timing();
  const found = `ttl ${ms(timing.ttl)}: a leader that hangs keeps the key for at most that; work has ${ms(defaultDrain(timing))} to end by default, at most ${ms(roomForDrain(timing))}`;
  if (timing.ttl >= 3_000) return { level: 'ok', what: 'timing', found };
  const mend = 'so short a ttl ends terms when the machine is busy: take 5 s or more';
  return { level: 'warn', what: 'timing', found, mend };
}

/** An election on a key of its own: two claims, the second one leads after the first has left. */
export async function examineElection(store: LeadershipStore, key: string): Promise<Finding[]> {
  const began = performance.now();
  const first = claim(store, key);
  const held = await first.held;
  const elected = performance.now() - began;
  const second = claim(store, key);
  second.held.catch(() => undefined); // awaited below
  await inTime(
    store.contenders(key).pipe(filter((queue) => queue.length > 1 || store.name === 'consul')),
  );
  const left = performance.now();
  first.leave();
  const next = await second.held;
  const handedOver = performance.now() - left;
  second.leave();
  const settled = await second.settled;
  const found = `elected in ${ms(elected)}, handed over in ${ms(handedOver)}, tokens ${String(held.token)} < ${String(next.token)}`;
  return [
    next.token > held.token
      ? { level: 'ok', what: 'election', found }
      : { level: 'fail', what: 'election', found, mend: 'tokens must grow: do not use this store' },
    examineLease(held.lease.ttl, store.timing().ttl),
    settled.outcome === 'released'
      ? { level: 'ok', what: 'permissions', found: 'may claim, watch and give back' }
      : { level: 'warn', what: 'permissions', found: messageOf(settled.error) },
  ];
}

/** Servers may grant another ttl than was asked for. */
function examineLease(granted: number, asked: number): Finding {
  if (granted === asked)
    return { level: 'ok', what: 'lease', found: `granted as asked for: ${ms(granted)}` };
  const found = `the server grants ${ms(granted)}, and ${ms(asked)} was asked for`;
  return { level: 'warn', what: 'lease', found, mend: 'ask for a ttl that it grants' };
}

/** Leases do not depend on the time of day, but logs and certificates do. */
export async function examineClock(work: () => Promise<void>): Promise<Finding> {
  const offset = () => Date.now() - performance.now();
  const before = offset();
  await work();
  const moved = Math.abs(offset() - before);
  const found = `the time of day moved by ${moved.toFixed()} ms against the monotonic clock`;
  if (moved < 50) return { level: 'ok', what: 'clock', found };
  const mend = 'leases do not depend on it; see what sets the time of this machine';
  return { level: 'warn', what: 'clock', found, mend };
}

/** What is in the way, told as a finding. */
export function failing(what: string, error: unknown): Finding {
  const denied = isLeadershipError(error, 'access-denied');
  return { level: 'fail', what: denied ? 'permissions' : what, found: messageOf(error) };
}

/** One of each machine, as a key may leave a trace in its store: no more of them each time. */
export function scratchKey(): string {
  return `rx-leadership-doctor/${hostname()}`;
}

type Held = Extract<ClaimState, { status: 'held' }>;

function claim(store: LeadershipStore, key: string) {
  let tell: (settlement: Settlement) => void;
  const settled = new Promise<Settlement>((resolve) => (tell = resolve));
  const request = { id: 'doctor', settled: (outcome: Settlement) => tell(outcome) };
  let leave: () => void = () => undefined;
  const held = new Promise<Held>((resolve, reject) => {
    const claim$ = store.lock(key, request).pipe(
      filter((state) => state.status === 'held'),
      timeout({ first: patience }),
    );
    const subscription = claim$.subscribe({ next: resolve, error: reject });
    leave = () => subscription.unsubscribe();
  });
  return { held, settled, leave };
}

function inTime(answers$: Observable<unknown>): Promise<unknown> {
  const first$ = answers$.pipe(
    take(1),
    timeout({ first: patience }),
    map(() => true),
  );
  return firstValueFrom(first$, { defaultValue: false });
}

const ms = (time: number) => `${String(Math.round(time))} ms`;
