import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { HistoryRecord } from '../../testing/index.js';

/** What tests look at besides: nothing that must hold of every history depends on it. */
type Remark = Readonly<
  { t: number; who: string } & (
    | { e: 'state'; state: string; token?: string; reason?: string; error?: string }
    /** What somebody got who subscribed now. */
    | { e: 'late'; state: string; elected: boolean }
    | { e: 'note'; what: string }
  )
>;

/**
 * What all who took part in an election have to tell. A term is named by its token.
 *
 * `t` is CLOCK_MONOTONIC of the machine in milliseconds, so that moments of different processes can
 * be compared. Where something is said to be valid, `t` was read before that was asked; where it is
 * said to be over, after.
 */
export type Told = HistoryRecord | Remark;

export type ToldOf<E extends Told['e']> = Extract<Told, { e: E }>;

export function ofEvent<E extends Told['e']>(records: readonly Told[], event: E): ToldOf<E>[] {
  return records.filter((record): record is ToldOf<E> => record.e === event);
}

/** Without the remarks. */
export function historyOf(records: readonly Told[]): HistoryRecord[] {
  const remarks: readonly string[] = ['state', 'late', 'note'] satisfies Remark['e'][];
  return records.filter((record): record is HistoryRecord => !remarks.includes(record.e));
}

/** Milliseconds of CLOCK_MONOTONIC. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Appends to a history file. Each record is one write, which survives the end of the process. */
export class HistoryWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(record: Told): void {
    writeSync(this.#file, `${JSON.stringify(record)}\n`);
  }
}

/** Reads a history file while it is being written. */
export class HistoryReader {
  readonly #records: Told[];
  readonly #file: number;
  #offset = 0;
  #rest = '';

  /** `records`: where they are put. */
  constructor(path: string, records: Told[]) {
    this.#records = records;
    this.#file = openSync(path, 'a+');
  }

  /** Puts what is new to the records. */
  read(): void {
    const size = fstatSync(this.#file).size - this.#offset;
    if (size <= 0) return;
    const chunk = Buffer.alloc(size);
    const length = readSync(this.#file, chunk, 0, size, this.#offset);
    this.#offset += length;
    const lines = (this.#rest + chunk.toString('utf8', 0, length)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#records.push(JSON.parse(line) as Told);
  }

  close(): void {
    closeSync(this.#file);
  }
}
