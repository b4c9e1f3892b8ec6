import type { LeaseState, LeaseTiming, Settlement } from './contract.js';
import { termEnd, type TermEnd, type TermEndReason } from './term.js';

/** Out of the race until a moment: the two states in which a campaign waits of its own will. */
export type Rest = Readonly<
  | { name: 'cooling-down'; ended: TermEnd; until: number }
  | { name: 'interrupted'; ended: TermEnd | undefined; error: unknown; until: number }
>;

/** Where a campaign is. `token` says which term. Moments are on the store's clock. */
export type Phase =
  | Rest
  | Readonly<
      | { name: 'idle' }
      | { name: 'joining' }
      | { name: 'waiting'; ahead: number | undefined }
      | { name: 'leading'; token: bigint; suspended: boolean; endsAt: number }
      | Draining
      /** Gave up the race; `rest` is what it would have waited for. `silent`: there was no race. */
      | {
          name: 'stopped';
          ended: TermEnd | undefined;
          rest: Rest | undefined;
          /** Why it ended, or that a claim was abandoned. */
          failure?: Readonly<{ error: unknown }> | undefined;
          silent?: true;
        }
      | { name: 'failed'; error: unknown }
    >;

/** A term that has ended, whose work still drains. `ours`: the claim still protects it. */
export type Draining = Readonly<{
  name: 'draining';
  token: bigint;
  reason: TermEndReason;
  failure: Readonly<{ error: unknown }> | undefined;
  ours: boolean;
  until: number;
  /** After a resignation: how long to stay out of the race at least. */
  coolsUntil: number | undefined;
}>;

export type CampaignState = Readonly<{
  phase: Phase;
  /** The number of the present claim, or of the last one. */
  stake: number;
  /** Claims whose giving back the store has not told of yet. */
  unsettled: number;
  /** Failures in a row, and when the present wait or term began: for the backoff. */
  failures: number;
  since: number;
  stopping: boolean;
}>;

/** What the core knows of a lease at the moment of an event; the campaign's margin taken off. */
export interface LeaseReading extends LeaseTiming {
  readonly validUntil: number;
  readonly state: LeaseState;
}

export type CampaignEvent = Readonly<
  | { type: 'start' }
  /** Something may have become due, or the lease changed: look at the clock and the lease. */
  | { type: 'look' }
  /** The alarm for `dueAt` has rung. It alone ends a drain by time: never a call from outside. */
  | { type: 'due' }
  | { type: 'waiting'; stake: number; ahead: number | undefined }
  | { type: 'held'; stake: number; token: bigint }
  | { type: 'claim-failed'; stake: number; error: unknown }
  | { type: 'settled'; outcome: Settlement }
  | { type: 'resign'; token: bigint; failure?: Readonly<{ error: unknown }> | undefined }
  | { type: 'superseded'; token: bigint }
  /** No work is left to drain. */
  | { type: 'idle' }
  | { type: 'stop' }
  /** The store is being closed, or is closed. */
  | { type: 'leaving' }
>;

/** What a campaign knew when its last subscription ended: cool-down and backoff go on. */
export type Memory = Readonly<{ failures: number; since: number; rest: Rest | undefined }>;

export function initialState({ failures, since, rest }: Memory): CampaignState {
  const base = { stake: 0, unsettled: 0, failures, since, stopping: false };
  return { ...base, phase: rest ?? { name: 'idle' } };
}

export function memoryOf(last: CampaignState | undefined): Memory {
  if (last === undefined) return { failures: 0, since: 0, rest: undefined };
  const { phase, failures, since } = last;
  if (phase.name === 'stopped') return { failures, since, rest: phase.rest };
  if (phase.name === 'draining' && phase.coolsUntil !== undefined) {
    const ended = termEnd(phase.token, phase.reason);
    return { failures, since, rest: { name: 'cooling-down', ended, until: phase.coolsUntil } };
  }
  const resting = phase.name === 'cooling-down' || phase.name === 'interrupted';
  return { failures, since, rest: resting ? phase : undefined };
}

/** Whether the claim numbered `stake` is to be kept. */
export function isStaked({ phase }: CampaignState): boolean {
  return ['joining', 'waiting', 'leading', 'draining'].includes(phase.name);
}

/** The next moment at which a campaign must look, apart from what its lease says. */
export function dueAt({ phase }: CampaignState): number {
  switch (phase.name) {
    case 'leading':
      return phase.endsAt;
    case 'draining':
    case 'cooling-down':
    case 'interrupted':
      return phase.until;
    default:
      return Infinity;
  }
}

/** Whether a campaign is done with everything: nothing to tell, nothing to give back. */
export function isFinished({ phase, unsettled }: CampaignState): boolean {
  return phase.name === 'failed' || (phase.name === 'stopped' && unsettled === 0);
}
