import type { CampaignState, Draining, LeaseReading, Rest } from './campaign-state.js';
import type { CampaignRules } from './options.js';
import type { TermEndReason } from './term.js';
import { overdue, ranOut, sessionGone } from './trouble.js';

/** What the clock and the lease have decided by now, whether or not a timer could run. */
export function judged(
  rules: CampaignRules,
  state: CampaignState,
  lease: LeaseReading | undefined,
  now: number,
): CampaignState {
  const { phase } = state;
  switch (phase.name) {
    case 'leading': {
      if (lease === undefined) return state;
      if (lease.validUntil === -Infinity)
        return ending(rules, state, 'lost', { error: sessionGone() }, now);
      const left = lease.validUntil - now;
      if (left <= rules.drain || lease.state === 'over') {
        // With nothing left, the key may be another's already: the drain protects nothing.
        const until = left > 0 && lease.state !== 'over' ? lease.validUntil : undefined;
        return ending(rules, state, 'expired', { error: ranOut() }, now, until);
      }
      if (now >= phase.endsAt) {
        return ending(rules, state, 'max-term', undefined, now, lease.validUntil);
      }
      const suspended = lease.state === 'suspended';
      if (suspended && rules.whenSuspended === 'step-down') {
        return ending(rules, state, 'stepped-down', { error: overdue() }, now, lease.validUntil);
      }
      return suspended === phase.suspended ? state : { ...state, phase: { ...phase, suspended } };
    }
    case 'draining': {
      const ours = phase.ours && lease?.state !== 'over' && now < (lease?.validUntil ?? Infinity);
      return ours === phase.ours ? state : { ...state, phase: { ...phase, ours } };
    }
    case 'cooling-down':
    case 'interrupted':
      return now >= phase.until ? joining(state, now) : state;
    default:
      return state;
  }
}

/** Whether a campaign stays out of the race for a while. */
export function isResting(state: CampaignState): state is CampaignState & { phase: Rest } {
  return state.phase.name === 'cooling-down' || state.phase.name === 'interrupted';
}

/** The next claim is on its way. */
export function joining(state: CampaignState, now: number): CampaignState {
  const { stake, unsettled } = state;
  return {
    ...state,
    stake: stake + 1,
    unsettled: unsettled + 1,
    since: now,
    phase: { name: 'joining' },
  };
}

/** Ends a term. The claim protects its drain until `oursUntil`; without that it is lost already. */
export function ending(
  rules: CampaignRules,
  state: CampaignState,
  reason: TermEndReason,
  failure: Draining['failure'],
  now: number,
  oursUntil?: number,
): CampaignState {
  if (state.phase.name !== 'leading') return state;
  const { token } = state.phase;
  const ours = oursUntil !== undefined;
  const until = Math.min(now + rules.drain, oursUntil ?? Infinity);
  const cools = reason === 'resigned' || reason === 'max-term';
  const coolsUntil = cools ? now + rules.cooldown : undefined;
  return { ...state, phase: { name: 'draining', token, reason, failure, ours, until, coolsUntil } };
}
