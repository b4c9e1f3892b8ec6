import { join } from 'node:path';
import { HistoryReader, HistoryWriter, type Told, type ToldOf } from '../history.js';
import { boxFolder } from './box.js';

/** The one file to which everybody in a laboratory writes down what happens. */
export class HistoryFile {
  readonly path = join(boxFolder, 'history');
  readonly #records: Told[] = [];
  readonly #writer = new HistoryWriter(this.path);
  readonly #reader = new HistoryReader(this.path, this.#records);
  readonly #ofWhom = new Map<string, Told[]>();
  #known = 0;

  write(record: Told): void {
    this.#writer.write(record);
  }

  /** Everything that was written by now. */
  get records(): readonly Told[] {
    this.#read();
    return this.#records;
  }

  /** All records of this kind: of everybody, or of one. */
  all<E extends Told['e']>(event: E, who?: string): readonly ToldOf<E>[] {
    this.#read();
    const list = this.#ofWhom.get(who === undefined ? event : `${event} ${who}`) ?? [];
    return list as unknown as readonly ToldOf<E>[];
  }

  #read(): void {
    this.#reader.read();
    for (const record of this.#records.slice(this.#known)) {
      for (const key of [record.e, `${record.e} ${record.who}`]) {
        const list = this.#ofWhom.get(key) ?? [];
        this.#ofWhom.set(key, list);
        list.push(record);
      }
    }
    this.#known = this.#records.length;
  }
}
