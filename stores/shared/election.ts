import type { ClaimRequest } from '../../lib/contract.js';
import type { Session, SessionDriver } from './session.js';
import type { Stake } from './stake.js';
import type { OpenFeed } from './view.js';

/** One election, as a store lays it down. */
export interface Election<D extends SessionDriver> {
  /** Different for every election of the store. */
  readonly name: string;
  /** A fresh claim on a session. Nothing is sent before its first attempt. */
  readonly stake: (session: Session<D>, request: ClaimRequest) => Stake;
  /** Keeps on telling what the queue looks like. */
  readonly feed: OpenFeed;
}
