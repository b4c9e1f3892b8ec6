import { leaderRecord, type Contender } from '../../lib/contract.js';

const prefix = 'rx-leadership ';

/** The locks of one election of the store called `store`. */
export interface ElectionLocks {
  /** Whoever holds it leads. */
  readonly turn: string;
  /** Held while a claim takes its token and its place, so that both have the same order. */
  readonly entrance: string;
  /** Held by a claim, from its staking until it is given back: so everyone can see it. */
  mark(claim: ClaimMark): string;
  /** `undefined`: not a claim of this election. */
  read(lock: string): Contender | undefined;
}

export interface ClaimMark {
  readonly token: bigint;
  readonly session: string;
  readonly id: string;
  readonly data: string | undefined;
}

export function electionLocks(store: string, key: string): ElectionLocks {
  const ofClaims = `${nameOf(store, 'claim', key).slice(0, -1)},`;
  return {
    turn: nameOf(store, 'turn', key),
    entrance: nameOf(store, 'entrance', key),
    mark: ({ token, session, id, data }) =>
      nameOf(
        store,
        'claim',
        key,
        String(token),
        session,
        id,
        ...(data === undefined ? [] : [data]),
      ),
    read: (lock) => {
      if (!lock.startsWith(ofClaims)) return undefined;
      const parts = JSON.parse(lock.slice(prefix.length)) as string[];
      const [token = '', , id = '', data] = parts.slice(3);
      return leaderRecord(id, BigInt(token), data);
    },
  };
}

/** Held for as long as a session lives. */
export function sessionLock(store: string, session: string): string {
  return nameOf(store, 'session', session);
}

export function channelName(store: string): string {
  return nameOf(store, 'changes');
}

function nameOf(...parts: string[]): string {
  return `${prefix}${JSON.stringify(parts)}`;
}
