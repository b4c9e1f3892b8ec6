import {
  keyOf,
  type Finding,
  type HistoryDemands,
  type HistoryRecord,
  type HistoryReport,
  type HistoryRule,
  type ToldTerm,
} from './history.js';
import { toldTerms } from './told-terms.js';
import { longestVacancy } from './vacancy.js';

type Find = (rule: HistoryRule, message: string) => void;

/**
 * Looks for two leaders in the record of what happened, and for whatever else the rules forbid.
 *
 * For mutual exclusion a sweep over intervals is exact: it needs no model of the store, and its
 * findings can be checked by eye. A record proves something only where something happened, which
 * is why it is also told how much must have.
 *
 * @example
 * const { findings } = checkHistory(records, { terms: 5, vacancy: ttl + 1_500 });
 * assert.deepEqual(findings, []);
 */
export function checkHistory(
  records: readonly HistoryRecord[],
  demands: HistoryDemands = {},
): HistoryReport {
  const findings: Finding[] = [];
  const ordered = [...records].sort((one, other) => one.t - other.t);
  const keys = electionsOf(ordered);
  const total = { terms: 0, changes: 0, staleWritesRefused: 0, longestVacancy: 0 };
  for (const key of keys) {
    const find: Find = (rule, message) => findings.push({ rule, key, message });
    const own = ordered.filter((record) => record.key === undefined || keyOf(record) === key);
    const terms = toldTerms(own).filter((told) => told.key === key);
    checkTerms(terms, own, find);
    checkFollowers(own, find);
    const vacancy = longestVacancy(terms, own);
    if (vacancy > (demands.vacancy ?? Infinity))
      find('vacancy', `nobody led for ${vacancy}, more than ${demands.vacancy ?? 0}`);
    total.longestVacancy = Math.max(total.longestVacancy, vacancy);
    total.staleWritesRefused += checkRegister(own, find);
    total.terms += terms.length;
    total.changes += terms.filter(({ who }, n) => n > 0 && who !== terms[n - 1]?.who).length;
  }
  findings.push(...tooLittle(ordered, total, demands));
  return { findings, ...total };
}

/** What has no key, such as a fault, is about all of them; where nothing has one, there is one. */
function electionsOf(records: readonly HistoryRecord[]): ReadonlySet<string> {
  const named = records.filter((record) => 'term' in record || record.key !== undefined);
  return new Set(named.length > 0 ? named.map(keyOf) : ['']);
}

/** One leader at a time, larger tokens, nothing after the end. */
function checkTerms(
  terms: readonly ToldTerm[],
  records: readonly HistoryRecord[],
  find: Find,
): void {
  const forced = records.filter((record) => record.e === 'forced');
  const isForced = (from: number, to: number) =>
    forced.some(({ t, until }) => t <= from && to <= until);
  let furthest: ToldTerm | undefined; // not the neighbour: a long term may overlap many
  let largest: ToldTerm | undefined;
  for (const told of terms) {
    const overlapsUntil = Math.min(furthest?.believedUntil ?? -Infinity, told.believedUntil);
    const overlap = (furthest?.believedUntil ?? -Infinity) - told.start;
    if (furthest !== undefined && overlap > 0 && !isForced(told.start, overlapsUntil))
      find('one-leader', `${say(told)} began ${overlap} before the end of ${say(furthest)}`);
    if (largest !== undefined && told.token <= largest.token && !isLate(told, largest, isForced))
      find('tokens-rise', `${say(told)} came after ${say(largest)}`);
    if (told.excess > 0)
      find('nothing-after-the-end', `${say(told)} was believed in ${told.excess} too long`);
    if (told.believedUntil > (furthest?.believedUntil ?? -Infinity)) furthest = told;
    if (told.token > (largest?.token ?? -1n)) largest = told;
  }
}

/** An operator took the key from who had just got it: it may hear of both when another leads. */
function isLate(
  { token, start, believedUntil }: ToldTerm,
  largest: ToldTerm,
  isForced: (from: number, to: number) => boolean,
): boolean {
  return token < largest.token && isForced(start, believedUntil);
}

/** Returns how many writes were refused because of their token. */
function checkRegister(records: readonly HistoryRecord[], find: Find): number {
  let highest = -1n;
  let refused = 0;
  for (const record of records) {
    if (record.e !== 'write') continue;
    const token = BigInt(record.token);
    if (!record.ok) refused += 1;
    else if (token < highest) find('register', `accepted ${token} after ${highest}`);
    else highest = token;
  }
  return refused;
}

/** No follower sees an older term after a newer one. */
function checkFollowers(records: readonly HistoryRecord[], find: Find): void {
  const newest = new Map<string, bigint>();
  for (const record of records) {
    if (record.e !== 'view' || record.token === undefined) continue;
    const token = BigInt(record.token);
    const before = newest.get(record.who) ?? -1n;
    if (token < before) find('followers', `${record.who} saw ${token} after ${before}`);
    else newest.set(record.who, token);
  }
}

function tooLittle(
  records: readonly HistoryRecord[],
  { terms, changes }: { terms: number; changes: number },
  demands: HistoryDemands,
): Finding[] {
  const made = new Set(records.flatMap((record) => (record.e === 'fault' ? [record.name] : [])));
  const missing = (demands.faults ?? []).filter((name) => !made.has(name));
  const messages = [
    terms < (demands.terms ?? 1) ? `${terms} terms, not ${demands.terms ?? 1}` : '',
    changes < (demands.changes ?? 0) ? `${changes} changes, not ${demands.changes ?? 0}` : '',
    missing.length > 0 ? `faults that were not made: ${missing.join(', ')}` : '',
  ];
  return messages
    .filter((message) => message !== '')
    .map((message) => ({ rule: 'something-happened', key: '', message }));
}

function say({ who, term, token }: ToldTerm): string {
  return `term ${term} of ${who} (token ${token})`;
}
