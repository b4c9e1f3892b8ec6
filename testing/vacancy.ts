import type { HistoryRecord, ToldTerm } from './history.js';

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The longest time without a leader, from the first term to the last record, not counted while
 * nobody could lead (`nobody` records, which may have no `key`: then they hold for all elections).
 *
 *     term     AAAA        BBBB           the time that counts is
 *     nobody        xxx               --  from the end of A to that of x … from x to the start of B
 */
export function longestVacancy(
  terms: readonly ToldTerm[],
  records: readonly HistoryRecord[],
): number {
  return vacancies(terms, records).reduce((most, { from, to }) => Math.max(most, to - from), 0);
}

/** Each time without a leader that counts. */
export function vacancies(
  terms: readonly ToldTerm[],
  records: readonly HistoryRecord[],
): Stretch[] {
  const [first, last] = [terms[0], records.at(-1)];
  if (first === undefined || last === undefined) return [];
  const led = terms.map(({ start, believedUntil }) => ({ from: start, to: believedUntil }));
  const covered = [...led, ...nobodyTimes(records, last.t)].sort((a, b) => a.from - b.from);
  const vacant: Stretch[] = [];
  let until = first.start;
  for (const { from, to } of [...covered, { from: last.t, to: last.t }]) {
    if (from > until) vacant.push({ from: until, to: from });
    until = Math.max(until, to);
  }
  return vacant;
}

function nobodyTimes(records: readonly HistoryRecord[], end: number): Stretch[] {
  const stretches: Stretch[] = [];
  let from: number | undefined;
  for (const record of records) {
    if (record.e !== 'nobody') continue;
    if (record.phase === 'from') from ??= record.t;
    else if (from !== undefined) {
      stretches.push({ from, to: record.t });
      from = undefined;
    }
  }
  return from === undefined ? stretches : [...stretches, { from, to: end }];
}
