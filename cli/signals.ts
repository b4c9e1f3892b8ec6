import { constants } from 'node:os';
import { fromEvent, map, merge, shareReplay, type Observable } from 'rxjs';

/** What a shell says of a process that a signal has ended. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function signals(names: readonly NodeJS.Signals[]): Observable<NodeJS.Signals> {
  return merge(...names.map((name) => fromEvent(process, name).pipe(map(() => name))));
}

let first: NodeJS.Signals | undefined;

/** The signal that has asked to leave, once one has. */
export function askedToLeave(): NodeJS.Signals | undefined {
  return first;
}

/**
 * Emits the first signal that asks to leave in order, then nothing. The second one ends the process
 * at once, whatever it is busy with (also as the first process of a container, which no signal ends
 * by itself).
 */
export const leave$: Observable<NodeJS.Signals> = signals(['SIGINT', 'SIGTERM', 'SIGHUP']).pipe(
  map((signal, index) => {
    if (index > 0) process.exit(exitCodeOfSignal(signal));
    return (first = signal);
  }),
  shareReplay({ bufferSize: 1, refCount: false }), // the second one is heard to the end
);

/** What a child may expect to be told, and that says nothing about leaving. */
export const passedOn$: Observable<NodeJS.Signals> = signals([
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
]);
