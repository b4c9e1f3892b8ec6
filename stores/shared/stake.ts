import type { LeadershipError } from '../../lib/errors.js';

/** Whom the place of a claim tells. */
export interface PlaceListener {
  /** Others are in front, so many where that is known. */
  waiting(ahead?: number): void;
  /** It is the claim's turn, proved now; its token is known. Once. */
  first(): void;
  /** The claim is gone, or not as it was written. */
  lost(error: LeadershipError): void;
}

/** Whom a stake tells that lies in wait. */
export interface ArrivalListener {
  /** A write that nobody expected any more was carried out after all. */
  arrived(): void;
  /** It can be missed from now on: look again. */
  broken(): void;
}

/** The writes of one claim in a store, and what is known of them. */
export interface Stake {
  /** `undefined` as long as it is not known to be in the store. */
  readonly token: bigint | undefined;
  /** Whether the store may hold it, now or later. Not when every attempt was refused. */
  readonly mayExist: boolean;
  /** When the last attempt left, on the scheduler. */
  readonly lastSent: number;
  /**
   * Writes the claim, unless it is known to be there. Rejects with a typed error, and may be called
   * again after an unknown outcome: it finds out what became of the attempts before.
   */
  attempt(): Promise<void>;
  /** Resolves when no attempt is on its way. */
  quiet(): Promise<void>;
  /** Takes the place that the last attempt has got, and keeps it. Call the result to leave it. */
  stand(listener: PlaceListener): () => void;
  /**
   * Removes the claim as we wrote it, nothing else. `certain`: it is gone for good. Else an attempt
   * that was never answered may still be carried out.
   */
  release(): Promise<{ readonly certain: boolean }>;
  /**
   * Notices, without a cost while nothing happens, when a write arrives after the last release.
   * Call the result to stop.
   */
  lieInWait(listener: ArrivalListener): () => void;
}
