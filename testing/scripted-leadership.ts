import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { LeadershipError, termEnd } from '../lib/index.js';
import type { Leadership, TermEndReason } from '../lib/index.js';
import { fakeTerm, type FakeTerm } from './fake-term.js';
import {
  coolingDown,
  interrupted,
  joining,
  leading,
  resigning,
  suspended,
  waiting,
} from './leaderships.js';

export interface ScriptOptions {
  /** Terms of your own, by their letters: to look at what was done with them. */
  readonly terms?: Readonly<Record<string, FakeTerm>>;
  /** What `#` errors with, and `i` is interrupted by. */
  readonly error?: unknown;
  /** Default: RxJS's own, which is virtual inside `TestScheduler.run`. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Plays a candidate from a marble string, without any store, and does to its terms what a campaign
 * would: a term that ends aborts its signal, stays valid while it drains, then is over.
 *
 *     w          waiting                    A … Z   leading, each letter a term of its own
 *     j          joining                    s       suspended: a renewal of the term is overdue
 *     r          resigning: the signal, then the drain, up to the next letter
 *     c          cooling down: resigned and given back
 *     i          interrupted: the term is lost, not valid any more
 *     |          completes, as when the campaign is stopped
 *     #          errors
 *
 * The rest is RxJS's: `-` and `9ms` are time, what is in `( )` comes in one frame. A character is a
 * millisecond inside `TestScheduler.run` (so in `virtualElections`), 10 outside.
 *
 * - Cold: each subscription plays the script anew, with terms of its own unless they are given.
 *   Tokens rise from 1.
 * - A term that was not ended by a letter before `|`, `#` or the unsubscription ends with it.
 *
 * @example
 * virtualElections(({ cold, expectObservable }) => {
 *   const work$ = scriptedLeadership('w--A---i--B--|').pipe(whileLeader(() => cold('-x')));
 *   expectObservable(work$).toBe('    ----x------x-|');
 * });
 * @throws LeadershipError `invalid-option` at the call, when the string is no script.
 */
export function scriptedLeadership(
  marbles: string,
  options: ScriptOptions = {},
): Observable<Leadership> {
  const { terms = {}, scheduler = asyncScheduler, error = new Error('interrupted') } = options;
  rehearse(marbles);
  return new Observable<Leadership>((subscriber) => {
    const play = new Play(terms, error);
    for (const { frame, notification } of messagesOf(marbles)) {
      const perform = () => {
        if (notification.kind === 'N') subscriber.next(play.leadership(notification.value));
        else play.end('stopped');
        if (notification.kind === 'C') subscriber.complete();
        if (notification.kind === 'E') subscriber.error(error);
      };
      if (subscriber.closed) break;
      if (frame > 0) subscriber.add(scheduler.schedule(perform, frame));
      else perform(); // a campaign says its first state inside `subscribe`
    }
    return () => play.end('stopped');
  });
}

/** In run mode: times may be written, and blanks align. */
const messagesOf = (marbles: string) =>
  TestScheduler.parseMarbles(marbles, undefined, undefined, false, true) as readonly {
    readonly frame: number;
    readonly notification: { kind: 'N'; value: string } | { kind: 'E' } | { kind: 'C' };
  }[];

/** Throws at the call what would otherwise be thrown by a timer. */
function rehearse(marbles: string): void {
  const play = new Play({}, undefined);
  try {
    for (const { notification } of messagesOf(marbles))
      if (notification.kind === 'N') play.leadership(notification.value);
  } catch (why) {
    throw new LeadershipError(
      'invalid-option',
      `"${marbles}" is no script: ${why instanceof Error ? why.message : String(why)}. Use A to Z ` +
        'for terms, w j s r c i for what is between them, and RxJS marbles for time',
    );
  }
}

/** The terms of one subscription. */
class Play {
  readonly #given: Readonly<Record<string, FakeTerm>>;
  readonly #terms = new Map<string, FakeTerm>();
  readonly #error: unknown;
  #present: FakeTerm | undefined;

  constructor(given: Readonly<Record<string, FakeTerm>>, error: unknown) {
    this.#given = given;
    this.#error = error;
  }

  leadership(letter: string): Leadership {
    if (/^[A-Z]$/u.test(letter)) return leading(this.#lead(letter));
    const term = this.#present;
    switch (letter) {
      case 's':
        if (term === undefined || term.signal.aborted) throw new Error('nobody leads where "s" is');
        return suspended(term);
      case 'r':
        term?.signalEnd('resigned');
        return resigning(term);
      case 'c':
        if (term === undefined) throw new Error('no term has ended where "c" is');
        this.end('resigned');
        return coolingDown(term);
      case 'i':
        this.end('lost');
        return { ...interrupted(this.#error), ...(term && { ended: termEnd(term.token, 'lost') }) };
      case 'w':
      case 'j':
        this.end('lost');
        return letter === 'w' ? waiting() : joining();
      default:
        throw new Error(`"${letter}" stands for nothing`);
    }
  }

  end(reason: TermEndReason): void {
    if (reason === 'lost') this.#present?.expire(); // not valid any more when the signal tells
    this.#present?.end(reason);
    this.#present = undefined;
  }

  /** Begins the term of this letter, or goes on with it. */
  #lead(letter: string): FakeTerm {
    const known = this.#terms.get(letter);
    if (known !== undefined) {
      if (known !== this.#present || known.signal.aborted)
        throw new Error(`term ${letter} has ended, and begins again`);
      return known;
    }
    this.end('lost');
    const term = this.#given[letter] ?? fakeTerm({ token: BigInt(this.#terms.size + 1) });
    this.#terms.set(letter, term);
    return (this.#present = term);
  }
}
