import { readFileSync } from 'node:fs';

/** Whether a process does anything; not so one that is dead, but whose parent has not asked for it. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
