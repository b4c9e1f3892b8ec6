import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  campaign,
  Candidate,
  follow,
  Follower,
  LeadershipError,
  normalKey,
} from '../../lib/index.js';
import { resolveCampaign } from '../../lib/options.js';
import { ScriptedStore } from '../support/scripted-store.js';

const store = new ScriptedStore(asyncScheduler, { ttl: 10_000, margin: 1_000, gap: 5_000 });
const election = { key: 'a', id: 'one' };

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(LeadershipError);
    return (error as LeadershipError).message;
  }
  throw new Error('nothing was thrown');
}

describe('bad arguments fail at the call, with name, value and range', () => {
  it.each([
    [{ ttl: Number.NaN }, 'ttl is NaN, not 1 to 2147483647 milliseconds'],
    [{ ttl: Infinity }, 'ttl is Infinity, not 1 to 2147483647 milliseconds'],
    [{ ttl: 6_000 }, 'ttl is 6000, not more than margin 1000 and 5000 for a lost renewal together'],
    [{ drain: 4_000 }, 'drain is 4000, not 0 or more and less than 4000 milliseconds'],
    [{ drain: -1 }, 'drain is -1, not 0 or more'],
    [{ margin: 500 }, 'margin is 500, not 1000 to 2147483647 milliseconds'],
    [{ margin: 5_000 }, 'ttl is 10000, not more than margin 5000'],
    [{ cooldown: -1 }, 'cooldown is -1, not 0 to 2147483647 milliseconds'],
    [{ maxTerm: 0 }, 'maxTerm is 0, not 1 to 2147483647 milliseconds'],
    [{ linger: 2 ** 31 }, 'linger is 2147483648, not 0 to 2147483647 milliseconds'],
    [{ whenSuspended: 'pray' as never }, 'whenSuspended is pray, not "hold" or "step-down"'],
    [{ retry: { longest: 0 } }, 'retry.longest is 0, not 1 to 2147483647 milliseconds'],
    [{ retry: { initial: 9, longest: 5 } }, 'retry.initial is 9, not 1 to 5 milliseconds'],
    [{ drain: '100' as never }, 'drain is 100, not 0 or more'],
    [{ retry: { longest: 5n as never } }, 'retry.longest is 5, not 1 to 2147483647'],
    [{ retry: { random: 5 as never } }, 'retry.random is number, not a function'],
    [{ retry: { giveUp: true as never } }, 'retry.giveUp is boolean, not a function'],
    [{ until: 5 as never }, 'until is number, not an Observable'],
    [{ retry: { jitter: 2 } }, 'retry.jitter is 2, not 0 to 1'],
    [{ key: '' }, 'key is "": it must name an election'],
    [{ key: '//' }, 'key is "//": it must name an election'],
    [{ key: 'a/../b' }, 'its parts must not be "." or ".."'],
    [{ key: 7 as never }, 'key is 7: it must be a string'],
    [{ id: '' }, 'id is "": it must be a string that is not empty'],
    [{ id: 'a\0b' }, 'it must not contain NUL'],
    [{ data: {} as never }, 'data is object, not a string'],
  ])('campaign %o', (options, message) => {
    expect(messageOf(() => campaign(store, { ...election, ...options }))).toContain(message);
  });

  it('follow, Candidate and Follower', () => {
    expect(messageOf(() => follow(store, ''))).toContain('[invalid-option] key');
    expect(messageOf(() => new Candidate(store, '', 'one'))).toContain('[invalid-option] key');
    expect(messageOf(() => new Candidate(store, 'a', ''))).toContain('[invalid-option] id');
    expect(messageOf(() => new Follower(store, ''))).toContain('[invalid-option] key');
  });
});

describe('defaults', () => {
  it('an option that is undefined is as one that is not given', () => {
    const rules = resolveCampaign(store, { ...election, drain: undefined, cooldown: undefined });
    expect([rules.drain, rules.cooldown, rules.whenSuspended]).toEqual([2_000, 0, 'hold']);
  });

  it.each([
    [60_000, 3_000], // the most
    [10_000, 2_000], // ttl / 5
    [1_000, 200], // two thirds of 1000 - 200 - 500, or ttl / 5
  ])('the drain of a ttl of %d is %d', (ttl, drain) => {
    const margin = Math.max(200, ttl / 10);
    const other = new ScriptedStore(asyncScheduler, { ttl, margin, gap: ttl / 2 });
    expect(resolveCampaign(other, election).drain).toBe(drain);
  });

  it('the longest backoff leaves an election without a leader no longer than max(1 s, ttl / 3)', () => {
    const { retryIn } = resolveCampaign(store, election);
    expect(retryIn(new Error('again'), 50, false)).toBeLessThanOrEqual(10_000 / 3);
  });
});

it.each([Number.NaN, 5, -1])('a wait stays in its range when chance says %d', (chance) => {
  const { retryIn } = resolveCampaign(store, { ...election, retry: { random: () => chance } });
  const wait = retryIn(new Error('again'), 1, false);
  expect(wait).toBeGreaterThanOrEqual(0);
  expect(wait).toBeLessThanOrEqual(250);
});

it('a key has one normal form', () => {
  expect(['a/b', '/a/b', 'a/b/', 'a//b'].map((key) => normalKey(key))).toEqual(
    Array(4).fill('a/b'),
  );
});
