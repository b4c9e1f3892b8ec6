import {
  type CampaignEvent,
  type CampaignState,
  type Draining,
  type LeaseReading,
  type Rest,
} from './campaign-state.js';
import type { Settlement } from './contract.js';
import { isLeadershipError } from './errors.js';
import { ending, isResting, joining, judged } from './judged.js';
import type { CampaignRules } from './options.js';
import { termEnd, type TermEnd } from './term.js';
import { roomForDrain } from './timing.js';
import { overtaken, ranOut, tooShort } from './trouble.js';

/**
 * What a campaign does: a pure function, so that a model checker can explore it. Deadlines are
 * judged before the event itself, whatever order the timers came in; `lease` is the lease of the
 * present claim as read at this moment.
 */
export function nextState(
  rules: CampaignRules,
  before: CampaignState,
  event: CampaignEvent,
  lease: LeaseReading | undefined,
  now: number,
): CampaignState {
  const leaves = event.type === 'stop' || event.type === 'leaving';
  // Whoever leaves a rest that is due joins no more: nobody would give that claim back.
  const state = leaves && isResting(before) ? before : judged(rules, before, lease, now);
  const { phase } = state;
  switch (event.type) {
    case 'start':
      return phase.name === 'idle' ? joining(state, now) : state;
    case 'look':
      return state;
    case 'due':
      // A drain that begins in this very step is told first, however short it is.
      if (phase.name !== 'draining' || state !== before || now < phase.until) return state;
      return drained(rules, state, phase, now);
    case 'settled':
      return settled(state, event.outcome);
    case 'waiting':
      if (event.stake !== state.stake) return state;
      if (phase.name !== 'joining' && phase.name !== 'waiting') return state;
      if (phase.name === 'waiting' && phase.ahead === event.ahead) return state;
      return {
        ...state,
        since: phase.name === 'joining' ? now : state.since,
        phase: { name: 'waiting', ahead: event.ahead },
      };
    case 'held':
      if (event.stake !== state.stake) return state;
      if (phase.name !== 'joining' && phase.name !== 'waiting') return state;
      return elected(rules, state, event.token, lease, now);
    case 'claim-failed':
      return event.stake === state.stake ? withoutClaim(rules, state, event.error, now) : state;
    case 'resign':
      return resigned(rules, state, event, lease, now);
    case 'superseded':
      return superseded(rules, state, event.token, now);
    case 'idle':
      return phase.name === 'draining' ? drained(rules, state, phase, now) : state;
    case 'stop':
      return stopped(rules, state, lease, now);
    case 'leaving':
      if (phase.name === 'joining') return neverRan(state);
      return stopped(rules, state, lease, now);
  }
}

function elected(
  rules: CampaignRules,
  state: CampaignState,
  token: bigint,
  lease: LeaseReading | undefined,
  now: number,
): CampaignState {
  if (lease === undefined) return state;
  const room = roomForDrain(lease);
  if (room <= rules.drain)
    return interrupted(rules, state, tooShort(rules.drain, lease), undefined, now);
  if (lease.state === 'over' || lease.validUntil - now <= rules.drain)
    return interrupted(rules, state, ranOut(), undefined, now);
  const endsAt = now + (rules.maxTerm ?? Infinity);
  const suspended = lease.state === 'suspended';
  return { ...state, since: now, phase: { name: 'leading', token, suspended, endsAt } };
}

function resigned(
  rules: CampaignRules,
  state: CampaignState,
  { token, failure }: Extract<CampaignEvent, { type: 'resign' }>,
  lease: LeaseReading | undefined,
  now: number,
): CampaignState {
  const { phase } = state;
  if ((phase.name !== 'leading' && phase.name !== 'draining') || phase.token !== token)
    return state;
  if (phase.name === 'leading') {
    const reason = failure === undefined ? 'resigned' : 'work-failed';
    return ending(rules, state, reason, failure, now, lease?.validUntil);
  }
  if (failure === undefined || phase.failure !== undefined) return state;
  return { ...state, phase: { ...phase, failure } };
}

function superseded(
  rules: CampaignRules,
  state: CampaignState,
  token: bigint,
  now: number,
): CampaignState {
  const { phase } = state;
  if ((phase.name !== 'leading' && phase.name !== 'draining') || phase.token >= token) return state;
  const failure = { error: overtaken(phase.token, token) };
  if (phase.name === 'leading') return ending(rules, state, 'superseded', failure, now);
  return { ...state, phase: { ...phase, ours: false, failure: phase.failure ?? failure } };
}

function withoutClaim(
  rules: CampaignRules,
  state: CampaignState,
  error: unknown,
  now: number,
): CampaignState {
  const { phase } = state;
  switch (phase.name) {
    case 'joining':
    case 'waiting':
      if (isLeadershipError(error, 'store-closed')) {
        return nextState(rules, state, { type: 'leaving' }, undefined, now);
      }
      return interrupted(rules, state, error, undefined, now);
    case 'leading':
      return ending(rules, state, 'lost', { error }, now);
    case 'draining':
      return { ...state, phase: { ...phase, ours: false } };
    default:
      return state;
  }
}

function stopped(
  rules: CampaignRules,
  state: CampaignState,
  lease: LeaseReading | undefined,
  now: number,
): CampaignState {
  const { phase } = state;
  if (phase.name === 'stopped' || phase.name === 'failed') return state;
  const stopping = { ...state, stopping: true };
  if (phase.name === 'leading')
    return ending(rules, stopping, 'stopped', undefined, now, lease?.validUntil);
  if (phase.name === 'draining') return stopping;
  const rest = isResting(state) ? state.phase : undefined;
  return { ...stopping, phase: { name: 'stopped', ended: undefined, rest } };
}

function settled(state: CampaignState, outcome: Settlement): CampaignState {
  const next = { ...state, unsettled: state.unsettled - 1 };
  if (outcome.outcome === 'released' || state.phase.name !== 'stopped') return next;
  const { error } = outcome;
  return { ...next, phase: { ...state.phase, failure: state.phase.failure ?? { error } } };
}

/** The store was closed before the claim got anywhere. */
function neverRan(state: CampaignState): CampaignState {
  const phase = { name: 'stopped', ended: undefined, rest: undefined, silent: true } as const;
  return { ...state, stopping: true, phase };
}

/** The drain is over: the claim is given up, and the campaign rests, or ends. */
function drained(
  rules: CampaignRules,
  state: CampaignState,
  { token, reason, failure, coolsUntil }: Draining,
  now: number,
): CampaignState {
  const ended = termEnd(token, reason);
  if (reason === 'stopped')
    return { ...state, phase: { name: 'stopped', ended, rest: undefined, failure } };
  if (failure !== undefined) {
    const least = coolsUntil === undefined ? 0 : rules.cooldown;
    return interrupted(rules, state, failure.error, ended, now, least);
  }
  const rest: Rest = { name: 'cooling-down', ended, until: now + rules.cooldown };
  return { ...state, phase: state.stopping ? { name: 'stopped', ended, rest } : rest };
}

function interrupted(
  rules: CampaignRules,
  state: CampaignState,
  error: unknown,
  ended: TermEnd | undefined,
  now: number,
  atLeast = 0,
): CampaignState {
  const lasted = now - state.since > rules.timing.ttl;
  const proved = lasted && state.phase.name !== 'joining';
  const failures = proved ? 1 : state.failures + 1;
  const wait = rules.retryIn(error, failures, ended !== undefined);
  const next = { ...state, failures, since: now };
  if (wait === undefined && !state.stopping) return { ...next, phase: { name: 'failed', error } };
  const rest: Rest = {
    name: 'interrupted',
    ended,
    error,
    until: now + Math.max(atLeast, wait ?? 0),
  };
  return { ...next, phase: state.stopping ? { name: 'stopped', ended, rest } : rest };
}
