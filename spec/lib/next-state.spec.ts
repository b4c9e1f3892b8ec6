import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  initialState,
  isFinished,
  isStaked,
  type CampaignEvent,
  type CampaignState,
  type LeaseReading,
} from '../../lib/campaign-state.js';
import { LeadershipError } from '../../lib/index.js';
import { nextState } from '../../lib/next-state.js';
import { resolveCampaign } from '../../lib/options.js';
import { asyncScheduler } from 'rxjs';
import { election } from '../support/election.js';
import { ScriptedStore } from '../support/scripted-store.js';

const store = new ScriptedStore(asyncScheduler);
const error = new LeadershipError('claim-lost', 'by the test');

/** Any event at any moment, with a lease that is live, nearly out, suspended, over or gone. */
const step = fc.record({
  wait: fc.nat(400),
  left: fc.constantFrom(800, 300, 200, 100, 0, -50, -Infinity),
  lease: fc.constantFrom('live' as const, 'suspended' as const, 'over' as const),
  old: fc.boolean(),
  event: fc.constantFrom(
    'look' as const,
    'due' as const,
    'waiting' as const,
    'held' as const,
    'claim-failed' as const,
    'settled' as const,
    'resign' as const,
    'superseded' as const,
    'idle' as const,
    'stop' as const,
    'leaving' as const,
  ),
});

const settled: Step = { wait: 0, left: 0, lease: 'over', old: false, event: 'settled' };

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function eventOf({ event, old }: Step, state: CampaignState, fresh: bigint): CampaignEvent {
  const stake = old ? state.stake - 1 : state.stake;
  const token = 'token' in state.phase ? state.phase.token : fresh;
  switch (event) {
    case 'waiting':
      return { type: event, stake, ahead: 1 };
    case 'held':
      return { type: event, stake, token: fresh };
    case 'claim-failed':
      return { type: event, stake, error };
    case 'resign':
      return old ? { type: event, token: 0n } : { type: event, token, failure: { error } };
    case 'superseded':
      return { type: event, token: old ? token : token + 1n };
    case 'settled':
      return { type: event, outcome: { outcome: 'released' } };
    default:
      return { type: event };
  }
}

/** Explores one history and checks each step of it. */
function explore(steps: readonly Step[], options: object): void {
  const rules = resolveCampaign(store, { ...election, ...options });
  let now = 0;
  let fresh = 1n;
  let state = initialState({ failures: 0, since: 0, rest: undefined });
  const begun = new Map<bigint, number>();
  const go = (event: CampaignEvent, lease: LeaseReading | undefined) => {
    const before = state;
    state = nextState(rules, state, event, lease, now);
    check(before, state, event, lease, now, begun, rules.drain);
  };
  go({ type: 'start' }, undefined);
  for (const given of steps) {
    now += given.wait;
    fresh += 1n;
    if (given.event === 'settled' && state.unsettled <= (isStaked(state) ? 1 : 0)) continue;
    const lease = { ttl: 1000, margin: 200, gap: 500, validUntil: now + given.left };
    go(eventOf(given, state, fresh), { ...lease, state: given.lease });
    if (isFinished(state)) return;
  }
}

function check(
  before: CampaignState,
  after: CampaignState,
  event: CampaignEvent,
  lease: LeaseReading | undefined,
  now: number,
  begun: Map<bigint, number>,
  drain: number,
): void {
  if (after.phase.name === 'leading') {
    const { token } = after.phase;
    // A term begins by its own claim's word alone, once, and only with more than the drain left.
    if (before.phase.name !== 'leading') {
      expect(event.type).toBe('held');
      expect(begun.has(token)).toBe(false);
      expect([...begun.values()]).not.toContain(after.stake);
      begun.set(token, after.stake);
    }
    expect(lease !== undefined && lease.validUntil - now > drain).toBe(true);
    expect(lease?.state).not.toBe('over');
    expect(event.type).not.toBe('stop');
  }
  // Nothing but the end of the drain follows a term; nothing revives it.
  if (before.phase.name === 'draining') {
    expect(['draining', 'cooling-down', 'interrupted', 'stopped', 'failed']).toContain(
      after.phase.name,
    );
  }
  // A claim is given up before the next is staked, and each is counted until it is settled.
  expect(after.stake - before.stake).toBeLessThanOrEqual(1);
  if (after.stake > before.stake) expect(isStaked(before)).toBe(false);
  expect(after.unsettled).toBeGreaterThanOrEqual(isStaked(after) ? 1 : 0);
  if (before.stopping) expect(after.stake).toBe(before.stake);
}

describe('whatever happens in whatever order', () => {
  it.each([
    ['hold', {}],
    ['step-down, cooldown and maxTerm', { whenSuspended: 'step-down', cooldown: 50, maxTerm: 300 }],
    ['retry: false', { retry: false }],
  ])('a campaign keeps its rules (%s)', (_name, options) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        explore(steps, options);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a campaign that is told to stop gives everything up, and finishes when that is settled', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const rules = resolveCampaign(store, election);
        let now = 0;
        let state = initialState({ failures: 0, since: 0, rest: undefined });
        const go = (event: CampaignEvent, lease?: LeaseReading) => {
          state = nextState(rules, state, event, lease, now);
        };
        go({ type: 'start' });
        for (const given of steps) {
          now += given.wait;
          if (given.event === 'settled' && state.unsettled <= (isStaked(state) ? 1 : 0)) continue;
          const lease = { ttl: 1000, margin: 200, gap: 500, validUntil: now + given.left };
          go(eventOf(given, state, BigInt(now + 1)), { ...lease, state: given.lease });
        }
        go({ type: 'stop' });
        now += rules.drain;
        go({ type: 'due' });
        expect(isStaked(state)).toBe(false);
        for (let left = state.unsettled; left > 0; left -= 1) go(eventOf(settled, state, 0n));
        expect(isFinished(state)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
