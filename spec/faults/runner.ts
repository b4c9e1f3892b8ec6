import type { Worker } from '../support/worker.js';
import type { Command } from './candidate-worker.js';
import { now, ofEvent, type Told, type ToldOf } from './history.js';
import type { Race } from './race.js';

/** A candidate in a process of its own. */
export class Runner {
  readonly id: string;
  readonly process: Worker<never, Command>;
  readonly #race: Race;
  #killed: number | undefined;

  constructor(race: Race, id: string, process: Worker<never, Command>) {
    this.#race = race;
    this.id = id;
    this.process = process;
  }

  get who(): string {
    return `${this.id}@${String(this.process.pid)}`;
  }

  /** Ends it at once; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#killed ??= now();
    await this.process.sigkill();
  }

  /** Until when it lived at least, now that it is gone. What it wrote may have arrived later. */
  get livedUntil(): number {
    const own = this.#race.records().filter(({ who, e }) => who === this.who && e !== 'write');
    return own.reduce((last, { t }) => Math.max(last, t), this.#killed ?? 0);
  }

  /** Its records from a moment on. */
  told<E extends Told['e']>(event: E, since = 0): ToldOf<E>[] {
    const told: readonly Told[] = ofEvent(this.#race.records(), event);
    return told.filter(({ who, t }) => who === this.who && t >= since) as ToldOf<E>[];
  }

  states(since = 0): string[] {
    return this.told('state', since).map(({ state }) => state);
  }

  do(command: Command): void {
    this.process.send(command);
  }

  noted(what: string, since = 0): Promise<ToldOf<'note'>> {
    return this.#race.until(`${this.who} says "${what}"`, () =>
      this.told('note', since).find((note) => note.what === what),
    );
  }

  /** Its first term that began after `since`. */
  leads(since = 0): Promise<ToldOf<'start'>> {
    return this.#race.until(`${this.who} leads`, () => this.told('start', since)[0]);
  }

  is(state: string, since = 0): Promise<ToldOf<'state'>> {
    return this.#race.until(`${this.who} is ${state}`, () =>
      this.told('state', since).find((told) => told.state === state),
    );
  }

  /** Whether the machine did not let it run when it wanted to. */
  wasLate(since: number): boolean {
    return this.told('note', since).some(({ what }) => what === 'was late');
  }

  /** When it last said that a term was valid. */
  lastValid(): number {
    return this.told('probe').findLast(({ valid }) => valid)?.t ?? -Infinity;
  }
}
