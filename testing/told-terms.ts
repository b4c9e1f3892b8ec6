import { keyOf, type HistoryRecord, type ToldTerm } from './history.js';

/**
 * The terms of a history, by their starts. A term is believed in from its start to its end or its
 * last deadline, or the death of its process, whichever comes first; but at least up to the last
 * probe that found it valid.
 */
export function toldTerms(records: readonly HistoryRecord[]): ToldTerm[] {
  const terms = new Map<string, ToldTerm>();
  const termOf = (record: HistoryRecord & { term: string }) =>
    terms.get(`${keyOf(record)} ${record.who} ${record.term}`);
  for (const record of records) {
    if (record.e === 'start') {
      const told = begin(record);
      terms.set(`${told.key} ${told.who} ${told.term}`, told);
    }
    if (record.e === 'renew') renewed(termOf(record), record.t, record.until);
    if (record.e === 'end') ended(termOf(record), record.t);
    if (record.e === 'died') for (const told of terms.values()) died(told, record);
    if (record.e === 'probe' && record.valid) foundValid(termOf(record), record.t);
  }
  const all = [...terms.values()];
  for (const told of all)
    told.believedUntil = Math.max(told.believedUntil, Math.min(told.end, told.until, told.died));
  return all.sort((one, other) => one.start - other.start);
}

function begin(record: HistoryRecord & { e: 'start' }): ToldTerm {
  const { t, who, term, token, until } = record;
  const open = { until, end: Infinity, died: Infinity, believedUntil: t, excess: 0 };
  return { key: keyOf(record), who, term, token: BigInt(token), start: t, ...open };
}

function renewed(told: ToldTerm | undefined, t: number, until: number): void {
  if (told === undefined) return;
  told.excess = Math.max(told.excess, t - told.until);
  told.until = Math.max(told.until, until);
}

function ended(told: ToldTerm | undefined, t: number): void {
  if (told !== undefined) told.end = Math.min(told.end, t);
}

function died(told: ToldTerm, { who, t }: HistoryRecord): void {
  if (told.who === who && told.start <= t) told.died = Math.min(told.died, t);
}

function foundValid(told: ToldTerm | undefined, t: number): void {
  if (told === undefined) return;
  told.excess = Math.max(told.excess, t - Math.min(told.end, told.until));
  told.believedUntil = Math.max(told.believedUntil, t);
}
