import { tap, type MonoTypeOperatorFunction } from 'rxjs';
import type { Leadership, LeadershipStore, Term } from '../lib/index.js';
import type { HistoryRecord } from './history.js';

export interface RecordingOptions {
  /** Whose campaign this is. */
  readonly who: string;
  /** The store of the campaign: its clock is read, its scheduler looks again and again. */
  readonly store: LeadershipStore;
  /** How often to look whether a term is valid, in milliseconds. Default 50. */
  readonly every?: number;
}

/**
 * Writes down the terms of campaigns in this process, for `checkHistory`.
 *
 *     campaign of a   L----------r-----      L leads, r resigns: valid while its work drains
 *     records of a    s  p  p  p  pp  e      s start, p found valid, e end
 *     campaign of b                L---      and when b starts, a is looked at again, to be exact
 *
 * @example
 * const recorder = new HistoryRecorder();
 * for (const id of ['a', 'b'])
 *   campaign(store, { key, id }).pipe(recorder.record({ who: id, store })).subscribe();
 * // … and in the end:
 * assert.deepEqual(checkHistory(recorder.records).findings, []);
 */
export class HistoryRecorder {
  readonly #records: HistoryRecord[] = [];
  readonly #terms = new Set<RecordedTerm>();

  /** What was written so far. */
  get records(): readonly HistoryRecord[] {
    return this.#records;
  }

  /** Writes something else down: a fault, what a follower saw. */
  write(record: HistoryRecord): void {
    this.#records.push(record);
  }

  /** Writes the terms of a campaign down, and passes everything through. */
  record(options: RecordingOptions): MonoTypeOperatorFunction<Leadership> {
    return (leadership$) => {
      const known = new Set<bigint>();
      return leadership$.pipe(
        tap((leadership) => {
          if (!leadership.elected || known.has(leadership.term.token)) return;
          known.add(leadership.term.token);
          this.#keepLooking(this.#start(options, leadership.term), options);
        }),
      );
    };
  }

  /**
   * Looks at all terms now. Call it before something that keeps it from looking, such as a process
   * that is stopped: a renewal that came just before would else be seen too late to be told from
   * one that came after the deadline.
   */
  look(): void {
    for (const recorded of this.#terms) this.#look(recorded);
  }

  #start({ who, store }: RecordingOptions, term: Term): RecordedTerm {
    for (const other of this.#terms) if (other.term.key === term.key) this.#look(other);
    const t = store.clock.now();
    const started: RecordedTerm = { who, clock: store.clock, term, lastValid: t };
    this.#terms.add(started);
    const until = t + term.remaining();
    this.write({ ...about(started, t), e: 'start', token: term.token, until });
    return started;
  }

  /** Goes on after the campaign was unsubscribed, until the term is over. */
  #keepLooking(started: RecordedTerm, { store, every = 50 }: RecordingOptions): void {
    store.scheduler.schedule(() => {
      if (this.#look(started)) this.#keepLooking(started, { who: started.who, store, every });
    }, every);
  }

  /** Returns whether the term is valid. It has ended at some time after the last look that said so. */
  #look(recorded: RecordedTerm): boolean {
    const t = recorded.clock.now();
    const remaining = recorded.term.remaining();
    if (remaining > 0) {
      recorded.lastValid = t;
      this.write({ ...about(recorded, t), e: 'probe', valid: true });
      this.write({ ...about(recorded, t), e: 'renew', until: t + remaining });
    } else if (this.#terms.delete(recorded)) {
      this.write({ ...about(recorded, recorded.lastValid), e: 'end' });
    }
    return remaining > 0;
  }
}

interface RecordedTerm {
  readonly who: string;
  readonly clock: LeadershipStore['clock'];
  readonly term: Term;
  lastValid: number;
}

function about({ who, term }: RecordedTerm, t: number) {
  return { t, who, key: term.key, term: term.token.toString() };
}
