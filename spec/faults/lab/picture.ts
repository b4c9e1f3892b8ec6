import { toldTerms } from '../../../testing/told-terms.js';
import { historyOf, ofEvent, type Told } from '../history.js';
import { faultTimes } from './verdict.js';

/** A line of time: what one candidate, one fault or the register did from when to when. */
interface Bar {
  readonly line: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly kind: 'term' | 'fault' | 'nobody' | 'refused';
}

interface Picture {
  readonly start: number;
  readonly end: number;
  readonly bars: readonly Bar[];
}

function pictureOf(told: readonly Told[]): Picture {
  const times = told.map(({ t }) => t);
  const start = times.reduce((least, t) => Math.min(least, t), Infinity);
  const end = times.reduce((most, t) => Math.max(most, t), -Infinity);
  const terms = toldTerms(historyOf(told).sort((a, b) => a.t - b.t)).map((term): Bar => {
    const { who, token, start: from, believedUntil: to } = term;
    return { line: who, from, to, text: `${token}`, kind: 'term' };
  });
  terms.sort((a, b) => a.line.localeCompare(b.line));
  const faults = faultTimes(told).map(({ name, from, to }): Bar => ({
    ...{ line: `fault ${name}`, from, to: Math.min(to, end), text: name, kind: 'fault' },
  }));
  const refused = ofEvent(told, 'write')
    .filter(({ ok }) => !ok)
    .map(({ t, who, token }): Bar => {
      return { line: 'refused writes', from: t, to: t, text: `${who} ${token}`, kind: 'refused' };
    });
  return { start, end, bars: [...terms, ...refused, ...nobodyBars(told, end), ...faults] };
}

function nobodyBars(told: readonly Told[], end: number): Bar[] {
  const bars: Bar[] = [];
  let from: number | undefined;
  for (const { phase, t } of [...ofEvent(told, 'nobody'), { phase: 'to', t: end } as const]) {
    if (phase === 'from') from ??= t;
    else if (from !== undefined) {
      bars.push({ line: 'nobody can lead', from, to: t, text: '', kind: 'nobody' });
      from = undefined;
    }
  }
  return bars;
}

const width = 100;

/** Lines of time made of letters: `#` a term, `x` a fault or nobody can lead, `!` a refused write. */
export function textOf(told: readonly Told[]): string {
  const { start, end, bars } = pictureOf(told);
  const column = (t: number) => Math.floor(((t - start) / (end - start + 1)) * width);
  const lines = new Map<string, string[]>();
  for (const { line, from, to, kind } of bars) {
    const cells = lines.get(line) ?? Array.from({ length: width }, () => '.');
    lines.set(line, cells);
    const sign = { term: '#', fault: 'x', nobody: 'x', refused: '!' }[kind];
    for (let at = column(from); at <= column(to); at += 1) cells[at] = sign;
  }
  const longest = Math.max(...[...lines.keys()].map((name) => name.length));
  const drawn = [...lines].map(([name, cells]) => `${name.padEnd(longest)} ${cells.join('')}`);
  return [`${((end - start) / 1_000).toFixed(1)} s from left to right`, ...drawn].join('\n');
}

const colours = { term: '#2a7', fault: '#d83', nobody: '#bbb', refused: '#c22' };

/** The same as a page, with a picture that tells more where the mouse rests. */
export function pageOf(
  told: readonly Told[],
  { title, findings }: { title: string; findings: readonly string[] },
): string {
  const { start, end, bars } = pictureOf(told);
  const lines = [...new Set(bars.map(({ line }) => line))];
  const [left, row] = [180, 18];
  const scale = Math.max(20, 1_600 / ((end - start) / 1_000)); // pixels a second
  const x = (t: number) => (left + ((t - start) / 1_000) * scale).toFixed(1);
  const total = left + ((end - start) / 1_000) * scale;
  const names = lines.map(
    (line, index) => `<text x="0" y="${(index + 1) * row + 12}">${escape(line)}</text>`,
  );
  const drawn = bars.map(({ line, from, to, text, kind }) => {
    const wide = Math.max(2, ((to - from) / 1_000) * scale).toFixed(1);
    const y = (lines.indexOf(line) + 1) * row;
    const seconds = (t: number) => ((t - start) / 1_000).toFixed(3);
    const about = escape(`${line} ${text}: ${seconds(from)} to ${seconds(to)} s`);
    return `<rect x="${x(from)}" y="${y}" width="${wide}" height="${row - 3}" fill="${colours[kind]}"><title>${about}</title></rect>`;
  });
  const ticks = Array.from({ length: Math.floor((end - start) / 5_000) + 1 }, (_, n) => {
    const t = start + n * 5_000;
    return `<text x="${x(t)}" y="12">${n * 5} s</text>`;
  });
  return [
    `<!doctype html><meta charset="utf-8"><title>${escape(title)}</title>`,
    `<h1>${escape(title)}</h1><ul>${findings.map((one) => `<li>${escape(one)}</li>`).join('')}</ul>`,
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total.toFixed()}" height="${(lines.length + 2) * row}" font-family="monospace" font-size="11">`,
    ...[...names, ...ticks, ...drawn, '</svg>'],
  ].join('\n');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
