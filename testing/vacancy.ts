import type { HistoryRecord, ToldTerm } from './history.js';

interface Stretch {
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
  const [first, last] = [terms[0], records.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const led = terms.map(({ start, believedUntil }) => ({ from: start, to: believedUntil }));
  const covered = [...led, ...nobodyTimes(records, last.t)].sort((a, b) => a.from - b.from);
  let longest = 0;
  let until = first.start;
  for (const { from, to } of [...covered, { from: last.t, to: last.t }]) {
    longest = Math.max(longest, from - until);
    until = Math.max(until, to);
  }
  return longest;
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
