import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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

/** A process group: its number, which is that of its first process, and when that one started. */
export interface GroupMark {
  readonly id: number;
  readonly start: string | undefined;
}

export function groupMark(id: number): GroupMark {
  return { id, start: statusOf(String(id))?.start };
}

/**
 * Whether somebody of the group is left. As long as that is so nobody else gets its number; so where
 * a process with that number has started later, the group is gone.
 */
export function isPopulated({ id, start }: GroupMark): boolean {
  const first = statusOf(String(id));
  if (first !== undefined && first.start !== start) return false;
  if (!answers(-id)) return false;
  if (start === undefined) return true; // the machine tells no more
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((name) => isAliveIn(String(id), statusOf(name)));
}

/** Those who are dead, but whose parents have not asked for them, do nothing any more. */
function isAliveIn(group: string, status: Status | undefined): boolean {
  return status !== undefined && status.group === group && !'ZXx'.includes(status.state);
}

/** Ends all of the group. */
export function killGroup({ id, start }: GroupMark): void {
  if (start === undefined) return; // it might be another one by now
  try {
    process.kill(-id, 'SIGKILL');
  } catch {
    // gone, or another user's: whoever asks next sees
  }
}

interface Status {
  readonly state: string;
  readonly group: string;
  readonly start: string;
}

/** `undefined`: there is no such process. */
function statusOf(process: string): Status | undefined {
  const text = textOf(`/proc/${process}/stat`);
  // The name of the program stands in parentheses, and may hold any of these characters itself.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, , group] = fields;
  const start = fields[19];
  if (state === undefined || group === undefined || start === undefined) return undefined;
  return { state, group, start };
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
