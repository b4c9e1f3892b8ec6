import {
  dematerialize,
  distinctUntilChanged,
  EMPTY,
  filter,
  map,
  materialize,
  merge,
  scan,
  switchMap,
  type Observable,
  type ObservableNotification,
} from 'rxjs';
import { LeadershipError } from '../lib/errors.js';
import type { Leadership } from '../lib/leadership.js';
import type { Term } from '../lib/term.js';
import { sharing } from './beside.js';
import { CombinedTerm } from './combined-term.js';
import { isOver, presentTerm } from './present-term.js';

/**
 * Leads when it leads all of several elections: AND.
 *
 *     a          --w--A-----------i--w--      w waiting, A, B, C terms, i interrupted
 *     b               -w--B--r--C-!           subscribed while a leads; r resigning
 *     allLeading --w---w--1--r--2-i--w--      1 A and B as one, 2 A and C
 *
 * - Runs in the first election; in the second while it leads the first, and so on. So two candidates
 *   never wait for each other, each with what the other one needs, as long as **all give the
 *   elections in the same order**.
 * - Its term is made of the terms of all: valid while all are, its signal is the first of theirs, and
 *   `waitUntil` keeps all keys. `termsOf(term)` gives them, each with its own token; its own token is
 *   that of the first. `resign()` ends the first, without which the others are given back.
 * - Tells the state of the first election, in order, that it does not lead. When one ends, the ones
 *   before it are kept, and the ones after it left.
 * - Completes when an election completes that it needs. Errors with each.
 *
 * @example
 * allLeading(campaign(store, { key: 'disks', id }), campaign(store, { key: 'tapes', id }))
 *   .pipe(whileLeader((term) => copy(termsOf(term))))
 *   .subscribe();
 * @throws LeadershipError `invalid-option` at the call: no elections.
 * @param elections The states of this candidate in each election.
 * @returns The states of this candidate in all of them together.
 */
export function allLeading(
  ...elections: readonly Observable<Leadership>[]
): Observable<Leadership> {
  const last$ = elections.at(-1);
  if (last$ === undefined)
    throw new LeadershipError('invalid-option', 'allLeading has no elections: give one or more');
  return elections.slice(0, -1).reduceRight((rest$, first$) => both(first$, rest$), last$);
}

/** What is known of two elections. */
interface Both {
  readonly first?: Leadership | undefined;
  readonly second?: Leadership | undefined;
  /** The term of the first that `second` is run under. */
  readonly under?: Term | undefined;
  readonly term?: CombinedTerm | undefined;
  readonly shown?: Leadership | undefined;
}

function both(first$: Observable<Leadership>, second$: Observable<Leadership>) {
  return first$.pipe(
    sharing((states$: Observable<Leadership>) => {
      const inSecond = (under: Term | undefined): Observable<ObservableNotification<Both>> =>
        under === undefined || isOver(under)
          ? EMPTY
          : second$.pipe(
              map((second) => ({ second, under })),
              materialize(),
            );
      const inFirst$ = states$.pipe(
        map((first) => ({ first })),
        materialize(),
      );
      return merge(states$.pipe(presentTerm(), switchMap(inSecond)), inFirst$);
    }),
    dematerialize(), // the end of either is the end
    scan<Both, Both>(next, {}),
    map(({ shown }) => shown),
    filter((shown) => shown !== undefined),
    distinctUntilChanged(),
  );
}

function next(before: Both, news: Both): Both {
  const { first, second, under, term, shown } = { ...before, ...news };
  if (first?.elected !== true) {
    term?.end();
    return { first, second, under, shown: first };
  }
  if (under !== first.term || second?.elected !== true) {
    term?.end();
    return { first, second, under, shown: under === first.term ? second : shown };
  }
  const state = first.state === 'suspended' ? first.state : second.state;
  const isSame = term?.isMadeOf(first.term, second.term) === true;
  if (isSame && shown?.state === state) return { first, second, under, term, shown };
  if (!isSame) term?.end();
  const combined = isSame ? term : new CombinedTerm(first.term, second.term);
  return { first, second, under, term: combined, shown: { elected: true, state, term: combined } };
}
