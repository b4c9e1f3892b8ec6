import type { LeaderRecord } from '../lib/contract.js';
import { isLeadershipError } from '../lib/errors.js';
import type { LeaderView } from '../lib/follow.js';
import type { Leadership } from '../lib/leadership.js';
import { messageOf } from './output.js';

/** Where a candidate stands, as one line of JSON. Tokens are strings: they outgrow numbers. */
export function leadershipLine(key: string, id: string, leadership: Leadership): string {
  const { state, elected } = leadership;
  const base = { at: new Date().toISOString(), key, id, state, elected };
  switch (state) {
    case 'leading':
    case 'suspended':
      return JSON.stringify({ ...base, token: String(leadership.term.token) });
    case 'waiting':
      return JSON.stringify({ ...base, ahead: leadership.ahead });
    case 'interrupted':
    case 'cooling-down':
      return JSON.stringify({
        ...base,
        ...ended(leadership.ended),
        retryIn: leadership.retryIn,
        ...(leadership.state === 'interrupted' ? told(leadership.error) : {}),
      });
    case 'resigning':
      return JSON.stringify({ ...base, ...ended(leadership.ended), ...told(leadership.error) });
    case 'joining':
      return JSON.stringify(base);
  }
}

/** Who leads, as one line of JSON. */
export function viewLine(key: string, { leader, stale, error }: LeaderView): string {
  const at = new Date().toISOString();
  return JSON.stringify({ at, key, leader: leader ?? null, stale, ...told(error) });
}

/** Who leads, for people. */
export function describeView({ leader, stale }: LeaderView): string {
  const who = leader === undefined ? 'nobody' : describeLeader(leader);
  return stale ? `${who} (not certain: no contact with the store)` : who;
}

/** A leader, or another one in the queue, for people. */
export function describeLeader({ id, data, token }: LeaderRecord): string {
  return [`${id} with token ${String(token)}`, ...(data === undefined ? [] : [data])].join(', ');
}

function ended(end: { readonly token: bigint; readonly reason: string } | undefined) {
  return end === undefined ? {} : { token: String(end.token), reason: end.reason };
}

function told(error: unknown) {
  if (error === undefined) return {};
  return { error: messageOf(error), ...(isLeadershipError(error) ? { code: error.code } : {}) };
}
