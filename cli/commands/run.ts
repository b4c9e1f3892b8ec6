import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EMPTY,
  fromEvent,
  identity,
  lastValueFrom,
  map,
  repeat,
  take,
  takeUntil,
  timer,
  type MonoTypeOperatorFunction,
} from 'rxjs';
import { describeLeadership, type Leadership } from '../../lib/leadership.js';
import type { LeadershipStore } from '../../lib/contract.js';
import type { Term } from '../../lib/term.js';
import { defaultDrain, roomForDrain } from '../../lib/timing.js';
import { giveUpAfter } from '../../operators/give-up-after.js';
import { listProcessGroup } from '../../stores/local/process-groups.js';
import { whileLeader } from '../../operators/while-leader.js';
import { campaigning } from '../campaigning.js';
import { childOfTerm } from '../child-of-term.js';
import { parseDuration } from '../durations.js';
import { CommandError, exitCodes } from '../exit-codes.js';
import { Guarding } from '../guarding.js';
import { type CandidateOptions, parseKey, withCandidateOptions } from '../options.js';
import { say } from '../output.js';
import type { Ended } from '../process-group.js';
import { askedToLeave, exitCodeOfSignal } from '../signals.js';
import { storeUrl, withStore } from '../store.js';

interface RunOptions extends CandidateOptions {
  readonly grace?: number;
  readonly once?: true;
  readonly restart?: true;
  readonly timeout?: number;
}

/** Between SIGKILL and the end of the last process, in milliseconds: out of the lease too. */
const dyingTime = 200;
/** Before a command that ended is run again. */
const pauseOfRestart = 1_000;

export function run(program: Command): void {
  withCandidateOptions(program.command('run'))
    .summary('run a command while this one leads')
    .description(
      'Waits for leadership, and runs the command for as long as it lasts. When that ends, so does the command: it is told (SIGTERM), and killed with all of its process group after the grace, before anybody else can lead. A command that ends by itself ends all, with its own exit code.',
    )
    .argument('<key>', 'the election, for example nightly', parseKey)
    .argument('<command...>', 'after --, what to run')
    .option('--grace <duration>', 'between SIGTERM and SIGKILL, inside the lease', parseDuration)
    .option('--once', 'leave with 76 when leadership is lost, instead of waiting again')
    .option('--restart', 'run a command again that has ended, while this one leads')
    .option('--timeout <duration>', 'leave with 75 when not elected in this time', parseDuration)
    .action((key: string, command: readonly string[], options: RunOptions) =>
      withStore(storeUrl(options.store), async (store) => {
        process.exitCode = await exitCodeOf(store, key, command, options);
      }),
    );
}

async function exitCodeOf(
  store: LeadershipStore,
  key: string,
  command: readonly string[],
  options: RunOptions,
): Promise<number> {
  if (process.platform === 'win32')
    throw new CommandError(
      exitCodes.configuration,
      'run needs process groups, which Windows lacks',
    );
  const grace = graceOf(store, options);
  const guarding = new Guarding();
  let last: Promise<Ended> | undefined;
  const begun = (ended: Promise<Ended>) => {
    last = ended;
  };
  const list = (group: number) => listed(store, group);
  const child = (term: Term) => childOfTerm(term, { command, grace, guarding, list, begun });
  const work$ = campaigning(store, key, options, { drain: grace + dyingTime }).pipe(
    options.timeout === undefined ? identity : giveUpAfter(options.timeout),
    reportLosses(key, options, () => {
      last = undefined;
    }),
    whileLeader((term) =>
      term.waitUntil(child(term).pipe(options.restart === true ? again(term) : identity)),
    ),
    options.restart === true ? identity : take(1),
  );
  try {
    await lastValueFrom(work$, { defaultValue: undefined });
  } finally {
    guarding.close();
  }
  const ended = await Promise.race([last, sleep(dyingTime * 5)]); // it may have been killed just now
  return ended === undefined ? exitCodeOfLeaving() : exitCodeOfChild(ended);
}

/** Where a dead leader is noticed at once, what it has left running must be known too. */
async function listed(store: LeadershipStore, group: number): Promise<() => void> {
  if (store.name !== 'local') return () => undefined;
  return (await listProcessGroup(store, group)).remove;
}

/** Runs it again after a pause, unless the term has ended meanwhile. */
function again(term: Term): MonoTypeOperatorFunction<Ended> {
  const over$ = fromEvent(term.signal, 'abort');
  return repeat({
    delay: () => (term.signal.aborted ? EMPTY : timer(pauseOfRestart).pipe(takeUntil(over$))),
  });
}

/** Shorter than the lease can be when the signal of the term comes. */
function graceOf(store: LeadershipStore, { grace, ttl }: RunOptions): number {
  const timing = store.timing(ttl);
  const most = Math.floor(roomForDrain(timing) - dyingTime) - 1;
  const least = Math.max(0, Math.min(most, defaultDrain(timing) - dyingTime));
  if (grace === undefined) return least;
  if (grace <= most) return grace;
  throw new CommandError(
    exitCodes.configuration,
    `--grace is ${String(grace)} ms, and at most ${String(most)} ms fit into a lease of ${String(timing.ttl)} ms: shorten it, or lengthen --ttl`,
  );
}

/** Says why a command was stopped; with `--once` that is the end. */
function reportLosses(
  key: string,
  { once }: RunOptions,
  lost: () => void,
): MonoTypeOperatorFunction<Leadership> {
  return map((leadership) => {
    if (leadership.state === 'leading') say(`leads ${key}, ${describeLeadership(leadership)}`);
    if (leadership.state !== 'interrupted' && leadership.state !== 'cooling-down')
      return leadership;
    if (leadership.ended === undefined) return leadership;
    lost();
    const message = `lost the leadership of ${key} (${leadership.ended.reason}), and stopped the command`;
    if (once === true) throw new CommandError(exitCodes.lost, message);
    say(`${message}; waits again`);
    return leadership;
  });
}

function exitCodeOfChild({ code, signal }: Ended): number {
  return code ?? (signal === null ? exitCodes.done : exitCodeOfSignal(signal));
}

/** Nothing was running when it was told to leave. */
function exitCodeOfLeaving(): number {
  const signal = askedToLeave();
  return signal === undefined ? exitCodes.done : exitCodeOfSignal(signal);
}
