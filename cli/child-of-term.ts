import { fromEvent, merge, Observable, tap } from 'rxjs';
import type { Term } from '../lib/term.js';
import { CommandError, exitCodes } from './exit-codes.js';
import type { Guarding } from './guarding.js';
import { messageOf, say } from './output.js';
import { ProcessGroup, type Ended } from './process-group.js';
import { askedToLeave, passedOn$ } from './signals.js';

export interface ChildOptions {
  readonly command: readonly string[];
  /** Milliseconds between the signal that it should end, and SIGKILL. */
  readonly grace: number;
  readonly guarding: Guarding;
  /** Tells the others of a local store that a group acts for the term. Resolves when they know. */
  readonly list: (group: number) => Promise<() => void>;
  /** Told of each command that begins, and how it will have ended, whoever listens by then. */
  readonly begun: (ended: Promise<Ended>) => void;
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
  { command, grace, guarding, list, begun }: ChildOptions,
): Observable<Ended> {
  return new Observable((out) => {
    if (isEnding(term)) {
      out.complete(); // also in its drain nothing is begun any more
      return;
    }
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
      tap(() => {
        const signal = askedToLeave() ?? 'SIGTERM';
        say(`ends the command: ${signal}, and SIGKILL after ${String(grace)} ms at the latest`);
        void stop(signal).catch(() => undefined); // told below
      }),
    );
    const passed$ = passedOn$.pipe(tap((signal) => group.signal(signal)));
    const listening = merge(ended$, passed$).subscribe({
      error: (error: unknown) => out.error(error),
    });
    const gone = untilGone(group, stop);
    begun(gone);
    void gone.then(
      (ended) => {
        // Killed by the guard before we could know that the term is over: no end of its own.
        if (term.isValid() || term.signal.aborted) out.next(ended);
        out.complete();
      },
      (error: unknown) => out.error(error),
    );
    void untilListed(group, list).then(
      (unlist) => {
        void gone.then(unlist, unlist);
        if (out.closed || isEnding(term)) group.signal('SIGKILL');
        else group.letGo();
      },
      (error: unknown) => out.error(error),
    );
    return () => {
      clearInterval(told);
      listening.unsubscribe();
      group.signal('SIGKILL');
      guarding.done();
    };
  });
}

function isEnding(term: Term): boolean {
  return term.signal.aborted || !term.isValid();
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
