import { describe, expect, it } from 'vitest';
import { checkHistory, type HistoryRecord } from '../../testing/index.js';

const start = (t: number, who: string, token: bigint, until: number): HistoryRecord => ({
  t,
  who,
  e: 'start',
  term: `of ${who} from ${t}`,
  token,
  until,
});
const of = (t: number, begun: HistoryRecord) => ({
  t,
  who: begun.who,
  term: `of ${begun.who} from ${begun.t}`,
});
const end = (t: number, begun: HistoryRecord): HistoryRecord => ({ ...of(t, begun), e: 'end' });
const renew = (t: number, begun: HistoryRecord, until: number): HistoryRecord => ({
  ...of(t, begun),
  e: 'renew',
  until,
});
const probe = (t: number, begun: HistoryRecord, valid: boolean): HistoryRecord => ({
  ...of(t, begun),
  e: 'probe',
  valid,
});

const a = start(0, 'a', 1n, 100);
const b = start(100, 'b', 2n, 200);
const good = [a, renew(50, a, 150), end(90, a), b, probe(150, b, true), end(160, b)];

const rules = (...records: HistoryRecord[]) =>
  checkHistory(records).findings.map(({ rule }) => rule);

it('finds nothing in a history in which all is well, and says what happened', () => {
  expect(checkHistory(good, { terms: 2, changes: 1, vacancy: 10 })).toEqual({
    findings: [],
    terms: 2,
    changes: 1,
    staleWritesRefused: 0,
    longestVacancy: 10,
  });
});

it('takes tokens as decimal strings, as they come out of JSON, in any order of records', () => {
  const text = JSON.stringify(good, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  const told = (JSON.parse(text) as HistoryRecord[]).reverse();
  expect(checkHistory(told, { terms: 2, changes: 1 }).findings).toEqual([]);
});

it('takes a process that has died for one that believed in nothing from then on', () => {
  const second = start(60, 'b', 2n, 200);
  expect(rules(a, { t: 50, who: 'a', e: 'died' }, second)).toEqual([]);
  expect(rules(a, { t: 70, who: 'a', e: 'died' }, second)).toEqual(['one-leader']);
  expect(rules(a, { t: 50, who: 'c', e: 'died' }, second)).toEqual(['one-leader']);
  expect(rules(a, { t: 50, who: 'a', e: 'died' }, probe(61, a, true), second)).toEqual([
    'one-leader',
  ]);
});

describe('finds', () => {
  it('two leaders at one time', () => {
    expect(rules(a, start(99, 'b', 2n, 200))).toEqual(['one-leader']);
    expect(rules(a, end(99, a), start(99, 'b', 2n, 200))).toEqual([]);
  });

  it('an overlap with a long term before the last one', () => {
    const long = start(0, 'a', 1n, 1_000);
    const short = start(10, 'b', 2n, 20);
    expect(rules(long, short, start(500, 'c', 3n, 600))).toEqual(['one-leader', 'one-leader']);
  });

  it('a term that was found valid when another had begun, whatever its record says', () => {
    const ended = [a, end(50, a), b];
    expect(rules(...ended, probe(101, a, false))).toEqual([]);
    expect(rules(...ended, probe(101, a, true))).toEqual(['nothing-after-the-end', 'one-leader']);
  });

  it('the same token twice, and a smaller one', () => {
    expect(rules(a, start(100, 'b', 1n, 200))).toEqual(['tokens-rise']);
    expect(rules(b, start(200, 'c', 1n, 300))).toEqual(['tokens-rise']);
  });

  it('a renewal after the deadline', () => {
    expect(rules(a, renew(101, a, 200))).toEqual(['nothing-after-the-end']);
    expect(rules(a, renew(100, a, 200))).toEqual([]);
  });

  it('a register that accepts a smaller token, and counts those that it refuses', () => {
    const write = (t: number, token: bigint, ok: boolean): HistoryRecord => ({
      ...{ t, who: 'register', key: '' },
      ...{ e: 'write', token, ok },
    });
    expect(rules(...good, write(1, 2n, true), write(2, 1n, true))).toEqual(['register']);
    const history = [...good, write(1, 2n, true), write(2, 1n, false)];
    expect(checkHistory(history)).toMatchObject({ findings: [], staleWritesRefused: 1 });
  });

  it('that also where the history tells of writes alone, or of another election too', () => {
    const write = (t: number, token: bigint, key?: string): HistoryRecord => ({
      ...{ t, who: 'register', ...(key !== undefined && { key }) },
      ...{ e: 'write', token, ok: true },
    });
    const rulesOf = (...records: HistoryRecord[]) =>
      checkHistory(records, { terms: 0 }).findings.map(({ rule, key }) => `${rule} ${key}`);
    expect(rulesOf(write(1, 2n), write(2, 1n))).toEqual(['register ']);
    expect(rulesOf(...good, write(1, 2n, 'k'), write(2, 1n, 'k'))).toEqual(['register k']);
  });

  it('a follower that was shown an older term after a newer one', () => {
    const view = (t: number, token?: bigint): HistoryRecord => ({ t, who: 'f', e: 'view', token });
    expect(rules(...good, view(1, 1n), view(2), view(3, 2n), view(4, 2n))).toEqual([]);
    expect(rules(...good, view(1, 2n), view(2, 1n))).toEqual(['followers']);
  });

  it('a vacancy that is too long, not counting the time in which nobody could lead', () => {
    const late = start(1_000, 'b', 2n, 1_100);
    const nobody = (t: number, phase: 'from' | 'to'): HistoryRecord => ({
      ...{ t, who: 'runner', e: 'nobody', phase },
    });
    const rulesOf = (...records: HistoryRecord[]) =>
      checkHistory(records, { vacancy: 500 }).findings.map(({ rule }) => rule);
    expect(rulesOf(a, late)).toEqual(['vacancy']);
    expect(rulesOf(a, late, nobody(200, 'from'), nobody(900, 'to'))).toEqual([]);
    expect(rulesOf(a, nobody(200, 'from'), nobody(2_000, 'to'))).toEqual([]);
    expect(rulesOf(a, nobody(200, 'from'), { ...late, t: 2_000 })).toEqual([]);
    expect(rulesOf(a, probe(2_000, a, false))).toEqual(['vacancy']);
  });

  it('that too little happened to prove anything', () => {
    const findings = checkHistory(good, { terms: 3, changes: 2, faults: ['cut'] }).findings;
    expect(findings.map(({ message }) => message)).toEqual([
      '2 terms, not 3',
      '1 changes, not 2',
      'faults that were not made: cut',
    ]);
    expect(rules()).toEqual(['something-happened']);
  });
});

it('allows an overlap where an operator took the key away, for as long as that may last', () => {
  const forced = (until: number): HistoryRecord => ({ t: 40, who: 'x', e: 'forced', until });
  expect(rules(a, forced(100), start(60, 'b', 2n, 200))).toEqual([]);
  expect(rules(a, forced(99), start(60, 'b', 2n, 200))).toEqual(['one-leader']);
});

it('allows a term to begin late where an operator took the key away before its leader had heard of it', () => {
  const forced = (until: number): HistoryRecord => ({ t: 40, who: 'x', e: 'forced', until });
  const late = start(60, 'late', 1n, 90);
  const next = start(50, 'next', 2n, 200);
  expect(rules(forced(90), next, late)).toEqual([]);
  expect(rules(forced(89), next, late)).toEqual(['one-leader', 'tokens-rise']);
  expect(rules(forced(90), next, start(60, 'late', 2n, 90))).toEqual(['tokens-rise']);
});

it('keeps elections apart', () => {
  const other = { ...start(50, 'b', 1n, 200), key: 'other' };
  expect(rules(a, other)).toEqual([]);
});
