import { LeadershipError } from '../../lib/errors.js';
import type { Connection } from './connection.js';
import { claimLost, isUnknownOutcome } from './failures.js';
import {
  isOurs,
  queueRequest,
  readFront,
  releaseRequest,
  stakeRequest,
  type ElectionKeys,
  type Front,
  type Written,
} from './wire.js';

/** Who stands in front, as read at `revision`. */
export interface Position {
  readonly front: Front;
  readonly revision: bigint;
}

/** The writes of one claim, and what is known of them. */
export class Stake {
  readonly election: ElectionKeys;
  readonly own: Written;
  readonly #connection: Connection;
  readonly #limit: number;
  /** Requests that may have been carried out, or may still be: nobody knows. */
  #unanswered = 0;
  #token: bigint | undefined;
  #inFlight: Promise<unknown> | undefined;
  #lastSent = -Infinity;

  constructor(connection: Connection, election: ElectionKeys, own: Written, limit: number) {
    this.#connection = connection;
    this.election = election;
    this.own = own;
    this.#limit = limit;
  }

  get token(): bigint | undefined {
    return this.#token;
  }

  /** Whether the store may hold it, now or later. Not when every attempt was refused. */
  get mayExist(): boolean {
    return this.#token !== undefined || this.#unanswered > 0;
  }

  /** When the last attempt left. */
  get lastSent(): number {
    return this.#lastSent;
  }

  /** Resolves when no attempt is on its way. */
  async quiet(): Promise<void> {
    await this.#inFlight?.catch(() => undefined);
  }

  /**
   * Writes the claim, unless it is known to be there. May be called again after an unknown outcome:
   * the nonce makes it certain that a key which is there already is that of an earlier attempt.
   */
  async attempt(): Promise<Position> {
    const attempt = this.#attempt();
    this.#inFlight = attempt;
    return attempt;
  }

  /** Whether the claim is still as we wrote it, and who stands in front of it. One round trip. */
  async position(whole = false): Promise<Position> {
    const { election, own } = this;
    const token = this.#token ?? 0n;
    const { header, responses } = await this.#connection.call(
      'read the queue',
      this.#limit,
      (c, o) => c.kv.txn(queueRequest(election, own.key, token, whole), o),
    );
    if (!isOurs(responses[0]?.response_range.kvs[0], token)) throw claimLost();
    const range = responses[1]?.response_range;
    const front = range && readFront(election, range, false);
    if (front !== undefined) return { front, revision: BigInt(header.revision) };
    return this.position(true);
  }

  /**
   * Removes the claim. `certain`: it is gone for good. Else an attempt that was never answered may
   * still be carried out.
   */
  async release(): Promise<{ readonly certain: boolean; readonly revision: bigint }> {
    const token = this.#token;
    const { header, succeeded } = await this.#connection.call(
      'release a claim',
      this.#limit,
      (c, o) => c.kv.txn(releaseRequest(this.own, token), o),
    );
    if (succeeded && token === undefined) this.#unanswered -= 1; // that one has been carried out
    this.#token = undefined;
    return { certain: this.#unanswered <= 0, revision: BigInt(header.revision) };
  }

  async #attempt(): Promise<Position> {
    if (this.#token !== undefined) return this.position();
    const { election, own } = this;
    let sent = false;
    this.#unanswered += 1;
    const answer = await this.#connection
      .call('stake a claim', this.#limit, (c, o) => {
        sent = true;
        this.#lastSent = this.#connection.scheduler.now();
        return c.kv.txn(stakeRequest(election, own), o);
      })
      .catch((error: unknown) => {
        const certain = error instanceof LeadershipError && !isUnknownOutcome(error);
        if (!sent || certain) this.#unanswered -= 1;
        throw error;
      });
    this.#unanswered -= 1;
    const range = answer.responses[0]?.response_range;
    if (answer.succeeded) {
      this.#token = BigInt(answer.header.revision);
      const front = range && readFront(election, range, true);
      if (front !== undefined) return { front, revision: this.#token };
    } else {
      const written = range?.kvs[0];
      if (written === undefined) throw claimLost();
      this.#token = BigInt(written.create_revision);
      this.#unanswered -= 1; // an earlier attempt has been carried out after all
    }
    return this.position();
  }
}
