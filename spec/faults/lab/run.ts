import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { program } from '../program.js';
import { inBox } from './box.js';
import type { RunReport } from './main.js';
import type { LabStore } from './stores.js';

export type Peer = 'etcd3' | 'consul-lock';

export interface Run {
  readonly on: LabStore;
  readonly seed: number;
  /** Random faults for so long. Default: each fault once. */
  readonly seconds?: number;
  /** Only these. */
  readonly faults?: readonly string[];
  /** Candidates that look at no clock, to see that they are found out. */
  readonly naive?: boolean;
  /** Candidates made with somebody else's election. */
  readonly peer?: Peer;
  readonly keep?: boolean;
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** `undefined`: it did not come to its end. */
  readonly report: RunReport | undefined;
  /** All that it said. */
  readonly output: string;
}

/** Runs a laboratory in a box, from its first server to its verdict. */
export async function runLab({ on, seed, onLine, ...rest }: Run): Promise<RunResult> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const candidate = await program(
    new URL(rest.peer ? './peer-worker.ts' : '../candidate-worker.ts', import.meta.url),
  );
  const register = await program(new URL('./register-process.ts', import.meta.url));
  const crowd = await program(new URL('./crowd-worker.ts', import.meta.url));
  const args = [
    `--on=${on}`,
    `--seed=${seed}`,
    `--candidate=${candidate}`,
    `--register=${register}`,
    `--crowd=${crowd}`,
  ];
  args.push(`--out=${tmpdir()}`);
  if (rest.seconds !== undefined) args.push(`--seconds=${rest.seconds}`);
  if (rest.faults) args.push(`--faults=${rest.faults.join(',')}`);
  if (rest.peer !== undefined) args.push(`--peer=${rest.peer}`);
  if (rest.naive === true) args.push('--naive');
  if (rest.keep === true) args.push('--keep');
  const child = inBox([process.execPath, '--import', 'tsx', main, ...args]);
  if (onLine) child.onLine(onLine);
  await child.exited;
  const last = child.lines.at(-1) ?? '';
  const report = last.startsWith('{') ? (JSON.parse(last) as RunReport) : undefined;
  return { report, output: [...child.lines, child.log].join('\n') };
}
