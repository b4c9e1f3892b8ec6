import { checkHistory, type HistoryRecord } from '../../../testing/index.js';
import { toldTerms } from '../../../testing/told-terms.js';
import { vacancies, type Stretch } from '../../../testing/vacancy.js';
import { historyOf, ofEvent, type Told } from '../history.js';
import type { Cluster } from './cluster.js';
import { faultsOfServers } from './faults-of-servers.js';

/** What a run has shown. */
export interface Verdict {
  /** What was violated: nothing, one hopes. */
  readonly findings: readonly string[];
  readonly terms: number;
  readonly changes: number;
  readonly writes: number;
  readonly staleWritesRefused: number;
  /** Terms that the store ended though it had renewed them: see `docs/guarantees.md`. */
  readonly earlyEnds: number;
  /** The longest times without a leader though somebody could lead, in milliseconds. */
  readonly longestVacancy: { readonly ofClients: number; readonly ofServers: number };
  /** How often each fault was made. */
  readonly faults: Readonly<Record<string, number>>;
}

/** For so long after a fault of the servers a vacancy may be its doing. */
const aftermath = 5_000;

/** Holds what was told against the rules and the bounds. */
export function verdictOf(
  told: readonly Told[],
  {
    bounds,
    forced,
    endsSessionsEarly,
    ttl,
  }: Pick<Cluster, 'bounds' | 'forced' | 'endsSessionsEarly' | 'ttl'>,
): Verdict {
  const early = endsSessionsEarly ? earlyEnds(told, forced) : [];
  const records = [...historyOf(told), ...early].sort((one, other) => one.t - other.t);
  const report = checkHistory(records);
  const findings = report.findings.map(({ rule, message }) => `${rule}: ${message}`);
  const striking = faultTimes(told, (name) => name in faultsOfServers);
  const longestVacancy = { ofClients: 0, ofServers: 0 };
  for (const vacancy of vacancies(toldTerms(records), records)) {
    const { from, to } = vacancy;
    const near = striking.some((fault) => fault.from < to && fault.to + aftermath > from);
    const kind = near ? 'ofServers' : 'ofClients';
    longestVacancy[kind] = Math.max(longestVacancy[kind], to - from);
    const allowed = bounds[kind] + lateness(told, vacancy) + underWay(told, vacancy, ttl);
    if (to - from > allowed)
      findings.push(
        `vacancy: nobody led for ${(to - from).toFixed()} ms, not ${allowed.toFixed()}, from ${from.toFixed()} on`,
      );
  }
  const faults: Record<string, number> = {};
  for (const { name, phase } of ofEvent(told, 'fault'))
    if (phase === 'from') faults[name] = (faults[name] ?? 0) + 1;
  const { terms, changes, staleWritesRefused } = report;
  const writes = ofEvent(told, 'write').filter(({ ok }) => ok).length;
  return {
    ...{ findings, terms, changes, writes, staleWritesRefused, longestVacancy, faults },
    earlyEnds: early.length,
  };
}

/**
 * When a server goes on that stood still while it led, it may revoke leases that its successor has
 * renewed. Their holders learn of it by their watch, and must do so soon.
 */
function earlyEnds(told: readonly Told[], forced: number): HistoryRecord[] {
  const thawed = faultTimes(told, (name) => name.startsWith('freeze')).map(({ to }) => to);
  return ofEvent(told, 'state')
    .filter(({ t, error, token }) => error === 'claim-lost' && token !== undefined && after(t))
    .map(({ t }) => ({ t: t - forced, who: 'lab', e: 'forced', until: t }));

  function after(t: number): boolean {
    return thawed.some((thaw) => t > thaw - 100 && t < thaw + aftermath);
  }
}

export function faultTimes(
  told: readonly Told[],
  wanted: (name: string) => boolean = () => true,
): (Stretch & { readonly name: string })[] {
  const times: { name: string; from: number; to: number }[] = [];
  for (const { name, phase, t } of ofEvent(told, 'fault')) {
    if (!wanted(name)) continue;
    if (phase === 'from') times.push({ name, from: t, to: Infinity });
    else {
      const open = times.find((one) => one.name === name && one.to === Infinity);
      if (open) open.to = t;
    }
  }
  return times;
}

/** A renewal that a slow network brings late keeps the session of its sender for that much longer. */
function underWay(told: readonly Told[], { from, to }: Stretch, ttl: number): number {
  const slow = faultTimes(told, (name) => name === 'slow');
  return slow.some((fault) => fault.from < to && fault.to + 2 * ttl > from) ? 2 * ttl : 0;
}

/** For how long in all the machine did not let us run. */
function lateness(told: readonly Told[], { from, to }: Stretch): number {
  return ofEvent(told, 'note')
    .filter(({ who, what, t }) => who === 'lab' && what.startsWith('late ') && t > from && t < to)
    .reduce((sum, { what }) => sum + Number(what.slice(5)), 0);
}
