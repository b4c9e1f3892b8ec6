import { fromEvent, merge, Observable, tap } from 'rxjs';
import type { Term } from '../lib/term.js';
import type { Guarding } from './guarding.js';
import { ProcessGroup, type Ended } from './process-group.js';
import { askedToLeave, passedOn$ } from './signals.js';

export interface ChildOptions {
  readonly command: readonly string[];
  /** Milliseconds between the signal that it should end, and SIGKILL. */
  readonly grace: number;
  readonly guarding: Guarding;
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
  { command, grace, guarding }: ChildOptions,
): Observable<Ended> {
  return new Observable((out) => {
    const group = new ProcessGroup(command, { ...process.env, ...environmentOf(term) });
    const within = () => Math.min(grace, term.remaining());
    const guard = () => {
      if (group.id !== undefined && term.isValid()) guarding.watch(group.id, deadlineOf(term));
    };
    guard();
    const told = setInterval(guard, Math.max(50, term.remaining() * tellEvery));
    const ended$ = fromEvent(term.signal, 'abort').pipe(
      tap(() => void group.stop(askedToLeave() ?? 'SIGTERM', within)),
    );
    const passed$ = passedOn$.pipe(tap((signal) => group.signal(signal)));
    const listening = merge(ended$, passed$).subscribe({
      error: (error: unknown) => out.error(error),
    });
    void (async () => {
      try {
        const ended = await group.ended;
        if (!group.isGone) await group.stop('SIGTERM', within); // those whom it has left behind
        out.next(ended);
        out.complete();
      } catch (error) {
        out.error(error);
      }
    })();
    if (term.isValid()) group.letGo();
    else group.signal('SIGKILL');
    return () => {
      clearInterval(told);
      listening.unsubscribe();
      group.signal('SIGKILL');
      guarding.done();
    };
  });
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
