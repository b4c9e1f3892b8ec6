import { join, parse } from 'node:path';
import { Child } from '../spec/support/child.js';

/** As they are written; they are run as they are compiled. */
const programs = {
  contender: new URL('./programs/contender.ts', import.meta.url),
  firstElection: new URL('./programs/first-election.ts', import.meta.url),
  heap: new URL('./programs/heap.ts', import.meta.url),
  herd: new URL('./programs/herd.ts', import.meta.url),
  idle: new URL('./programs/idle.ts', import.meta.url),
  imports: new URL('./programs/imports.ts', import.meta.url),
  operators: new URL('./programs/operators.ts', import.meta.url),
} as const;

export type ProgramName = keyof typeof programs;

/** A compiled program of `bench/programs` in a process of its own; it tells lines of JSON. */
export class Program {
  readonly #child: Child;
  #read = 0;

  constructor(folder: string, name: ProgramName, args: readonly (string | number)[] = []) {
    const file = join(folder, 'bench/programs', `${parse(programs[name].pathname).name}.js`);
    this.#child = new Child(process.execPath, ['--expose-gc', file, ...args.map(String)]);
  }

  send(command: unknown): void {
    this.#child.writeLine(JSON.stringify(command));
  }

  /** What it tells next; with `matches`, what it tells next of that kind. The rest is skipped. */
  next<T>(matches: (told: T) => boolean = () => true, timeout = 30_000): Promise<T> {
    return this.#child.until(
      'an answer',
      () => {
        for (; this.#read < this.#child.lines.length; this.#read += 1) {
          const told = JSON.parse(this.#child.lines[this.#read]!) as T;
          if (!matches(told)) continue;
          this.#read += 1;
          return told;
        }
        return undefined;
      },
      timeout,
    );
  }

  async end(): Promise<void> {
    await this.#child.kill();
  }
}
