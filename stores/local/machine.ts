import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Nanoseconds of the machine's monotonic clock: it is the same in all its processes. */
export function machineNow(): bigint {
  return process.hrtime.bigint();
}

/** A process, as others on the machine can recognize it. */
export interface ProcessMark {
  /** Of the clock that {@link machineNow} reads: who has another one cannot compare times. */
  readonly clock: string | undefined;
  /** Of the numbers of processes: in another container they mean something else. */
  readonly pids: string;
  readonly pid: number;
  /** When it started: numbers are used again. `undefined` where the machine does not tell. */
  readonly start: string | undefined;
}

/** The mark of this process. */
export function thisProcess(): ProcessMark {
  const { platform, pid } = process;
  const boot = textOf('/proc/sys/kernel/random/boot_id');
  const own = statusOf('self');
  if (boot === undefined || own === undefined)
    return { clock: undefined, pids: `${platform} ${hostname()}`, pid, start: undefined };
  const namespace = (name: string) => `${boot} ${linkOf(`/proc/self/ns/${name}`)}`;
  return { clock: namespace('time'), pids: namespace('pid'), pid, start: own.start };
}

/**
 * Whether a process is certainly gone. `false` says nothing: where its number means something else,
 * or the machine does not tell, nobody can know.
 */
export function hasDied({ pids, pid, start }: ProcessMark, observer: ProcessMark): boolean {
  if (pids !== observer.pids) return false;
  if (observer.start === undefined) return !answers(pid);
  const status = statusOf(String(pid));
  return status === undefined || status.start !== start || 'ZXx'.includes(status.state);
}

/** `undefined`: there is no such process. */
function statusOf(process: string): { readonly state: string; readonly start: string } | undefined {
  const text = textOf(`/proc/${process}/stat`);
  // The name of the program stands in parentheses, and may hold any of these characters itself.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields?.[0], fields?.[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ESRCH', 'ENOTDIR'].includes(code)) return undefined;
    throw error;
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return ''; // a kernel without such namespaces
  }
}
