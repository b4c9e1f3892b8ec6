/**
 * The guard of a child: a process of its own, so that the child is ended also when the process that
 * leads is killed, or stopped for longer than its lease. It reads lines from standard input:
 *
 *     watch <process group> <deadline>   in nanoseconds of the machine's monotonic clock
 *     done                               nobody is left to be ended
 *
 * At the deadline, or when the input ends, it kills the group.
 */
import { createInterface } from 'node:readline';

let group: number | undefined;
let timer: NodeJS.Timeout | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [what, pid = '', deadline = ''] = line.split(' ');
    clearTimeout(timer);
    group = what === 'watch' ? Number(pid) : undefined;
    if (group !== undefined) killAt(BigInt(deadline));
  })
  .on('close', () => {
    kill();
    process.exit();
  });

function killAt(deadline: bigint): void {
  const left = Number(deadline - process.hrtime.bigint()) / 1e6;
  if (left <= 0) kill();
  else timer = setTimeout(() => killAt(deadline), Math.ceil(left));
}

function kill(): void {
  if (group === undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // gone already
  }
}
