import type { IdleCost } from './idle.js';
import { median, ratios, spread, type Spread } from './statistics.js';

/** One line of the table, as measured in one run. */
export interface Row {
  readonly metric: string;
  readonly side: string;
  /** What it is a multiple of, or its unit. */
  readonly per: string;
  readonly value: Spread;
  /** At most that is the goal; `undefined` for those whom we only compare with. */
  readonly goal: number | undefined;
}

export const product = 'rx-leadership';

/** Each side as a multiple of the floor, in pairs of one round. */
export function rowsOfTiming(
  metric: string,
  timing: Readonly<Record<string, readonly number[]>>,
  goal: number,
): Row[] {
  const { floor = [], ...others } = timing;
  return Object.entries(others).map(([side, values]) => ({
    metric,
    side,
    per: '× floor',
    value: spread(ratios(values, floor)),
    goal: side === product ? goal : undefined,
  }));
}

/** What a thousand elections cost as a multiple of what one costs. */
export function rowsOfIdleCost(side: string, one: IdleCost, many: IdleCost): Row[] {
  // One message more or less at the ends of the time in which they are counted.
  const goal = side === product ? 1.05 : undefined;
  const counts = ['requests', 'bytes', 'sessions', 'connections'] as const;
  return counts.map((what) => ({
    metric: `M5 idle: ${what}`,
    side,
    per: '1,000 ÷ 1 elections',
    value: single(many[what] / one[what]),
    goal,
  }));
}

export function rowOf(
  metric: string,
  side: string,
  per: string,
  values: readonly number[],
  goal?: number,
): Row {
  return { metric, side, per, value: spread(values), goal };
}

function single(value: number): Spread {
  return { median: value, low: value, high: value };
}

/** The table of all runs: the median of their medians, and the widest of their quartiles. */
export function table(runs: readonly (readonly Row[])[]): string {
  const [first = []] = runs;
  const lines = first.map((row) => {
    const same = runs.flatMap((rows) => rows.filter((other) => isSame(row, other)));
    const medians = same.map(({ value }) => value.median);
    const low = Math.min(...same.map(({ value }) => value.low));
    const high = Math.max(...same.map(({ value }) => value.high));
    const goal = row.goal === undefined ? '' : `≤ ${row.goal}`;
    const met = row.goal === undefined ? '' : median(medians) <= row.goal ? 'met' : 'MISSED';
    const between = low === high ? '' : `${shown(low)} – ${shown(high)}`;
    const each = medians.map(shown).join(' ');
    return [row.metric, row.side, shown(median(medians)), row.per, between, each, goal, met];
  });
  const head = ['metric', 'side', 'median', 'of', 'quartiles', 'runs', 'goal', ''];
  return markdown([head, ...lines]);
}

function isSame(a: Row, b: Row): boolean {
  return a.metric === b.metric && a.side === b.side && a.per === b.per;
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
