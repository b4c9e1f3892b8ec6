import type { RunReport } from './main.js';

type Sums = Readonly<Record<string, string>>;

/** Markdown: a column for each store, a row for each thing that was counted, and for each fault. */
export function tableOf(all: ReadonlyMap<string, readonly RunReport[]>): string {
  const columns = [...all].map(([store, reports]) => ({ store, sums: sumsOf(reports) }));
  const rows = [...new Set(columns.flatMap(({ sums }) => Object.keys(sums)))];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...columns.map(({ store }) => store)]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map((row) => line([row, ...columns.map(({ sums }) => sums[row] ?? '–')])),
  ].join('\n');
}

function sumsOf(reports: readonly RunReport[]): Sums {
  const sum = (of: (report: RunReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const most = (of: (report: RunReport) => number) => Math.max(0, ...reports.map(of));
  const faults = [...new Set(reports.flatMap((report) => Object.keys(report.faults)))].sort();
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const counts: Record<string, number | string> = {
    rounds: reports.length,
    minutes: Math.round(sum((report) => report.seconds) / 60),
    faults: sum((report) => Object.values(report.faults).reduce((total, n) => total + n, 0)),
    terms: sum(({ terms }) => terms),
    'changes of the leader': sum(({ changes }) => changes),
    'writes taken': sum(({ writes }) => writes),
    'stale writes refused': sum(({ staleWritesRefused }) => staleWritesRefused),
    'terms ended early by the store': sum(({ earlyEnds }) => earlyEnds),
    'longest vacancy, faults of clients': seconds(
      most((report) => report.longestVacancy.ofClients),
    ),
    'longest vacancy, faults of servers': seconds(
      most((report) => report.longestVacancy.ofServers),
    ),
    '**violations**': sum(({ findings }) => findings.length),
    ...Object.fromEntries(
      faults.map((fault) => [`\`${fault}\``, sum((report) => report.faults[fault] ?? 0)]),
    ),
  };
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)]));
}
