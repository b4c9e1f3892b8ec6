import { fromEvent, merge, Observable, tap } from 'rxjs';
import type { Term } from '../lib/term.js';
import { CommandError, exitCodes } from './exit-codes.js';
import type { Guarding } from './guarding.js';
import { messageOf } from './output.js';
import { ProcessGroup, type Ended } from './process-group.js';
import { askedToLeave, passedOn$ } from './signals.js';

export interface ChildOptions {
  readonly command: readonly string[];
  /** Milliseconds between the signal that it should end, and SIGKILL. */
  readonly grace: number;
  readonly guarding: Guarding;
  /** Tells the others of a local store that a group acts for the term. Resolves when they know. */
  readonly list: (group: number) => Promise<() => void>;
}

/** How often the guard is told of a lease that was renewed, as a part of what was left of it. */
const tellEvery = 1 / 10;

/**
 * Runs the command for as long as the term lasts, and emits how it ended, once nobody of its
 * process group is left.
 *
 * It is ended inside the lease: told at the signal of the term, killed after the grace or when the
 * lease is over. Where the claim was lost before its time nothing protects any more, so it is
 * killed at once.
 */
export function childOfTerm(
  term: Term,
  { command, grace, guarding, list }: ChildOptions,
): Observable<Ended> {
  return new Observable((out) => {
    const group = new ProcessGroup(command, { ...process.env, ...environmentOf(term) });
    const guard = () => {
      if (group.id !== undefined && term.isValid()) guarding.watch(group.id, deadlineOf(term));
    };
    guard();
    const told = setInterval(guard, Math.max(50, term.remaining() * tellEvery));
    const stop = (signal: NodeJS.Signals) => {
      const until = performance.now() + grace;
      return group.stop(signal, () => performance.now() < until && term.isValid());
    };
    const ended$ = fromEvent(term.signal, 'abort').pipe(
      tap(() => void stop(askedToLeave() ?? 'SIGTERM').catch(() => undefined)), // told below
    );
    const passed$ = passedOn$.pipe(tap((signal) => group.signal(signal)));
    const listening = merge(ended$, passed$).subscribe({
      error: (error: unknown) => out.error(error),
    });
    void untilGone(group, stop).then(
      (ended) => {
        out.next(ended);
        out.complete();
      },
      (error: unknown) => out.error(error),
    );
    let unlist: (() => void) | undefined;
    void untilListed(group, list).then(
      (listed) => {
        unlist = listed;
        if (out.closed || term.signal.aborted || !term.isValid()) group.signal('SIGKILL');
        else group.letGo();
      },
      (error: unknown) => out.error(error),
    );
    return () => {
      unlist?.();
      clearInterval(told);
      listening.unsubscribe();
      group.signal('SIGKILL');
      guarding.done();
    };
  });
}

async function untilListed(group: ProcessGroup, list: ChildOptions['list']): Promise<() => void> {
  return group.id === undefined ? () => undefined : list(group.id);
}

/** How the command ended; those of its group whom it has left behind are ended too. */
async function untilGone(
  group: ProcessGroup,
  stop: (signal: NodeJS.Signals) => Promise<void>,
): Promise<Ended> {
  const ended = await group.ended.catch((error: unknown) => {
    throw new CommandError(exitCodes.configuration, `cannot run: ${messageOf(error)}`);
  });
  if (!group.isGone) await stop('SIGTERM');
  group.forget();
  return ended;
}

/** What the command is told of its term. */
function environmentOf(term: Term): NodeJS.ProcessEnv {
  return {
    LEADERSHIP_KEY: term.key,
    LEADERSHIP_ID: term.id,
    LEADERSHIP_TOKEN: String(term.token),
    LEADERSHIP_DEADLINE: String(deadlineOf(term)),
  };
}

/** In nanoseconds of the machine's monotonic clock, which all its processes share. */
function deadlineOf(term: Term): bigint {
  return process.hrtime.bigint() + BigInt(Math.floor(term.remaining() * 1e6));
}
