import { LeadershipError } from '../../lib/errors.js';
import { isUnknownOutcome } from '../shared/failures.js';
import type { ArrivalListener, PlaceListener, Stake } from '../shared/stake.js';
import type { Connection } from './connection.js';
import { failures } from './failures.js';
import { Place } from './place.js';
import type { Watches } from './watches.js';
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

export interface StakeSurroundings {
  readonly connection: Connection;
  readonly watches: Watches;
  /** The longest time for one request. */
  readonly limit: number;
  /** How long it may wait without knowing who is in front. */
  readonly patience: number;
}

/** A claim in etcd: one key, written once. */
export class EtcdStake implements Stake {
  readonly election: ElectionKeys;
  readonly own: Written;
  readonly #surroundings: StakeSurroundings;
  readonly #connection: Connection;
  readonly #limit: number;
  /** Requests that may have been carried out, or may still be: nobody knows. */
  #unanswered = 0;
  #token: bigint | undefined;
  #inFlight: Promise<unknown> | undefined;
  #lastSent = -Infinity;
  /** As the last attempt has read it. */
  #position: Position | undefined;
  /** When the last release looked for the claim. */
  #releasedAt = 0n;

  constructor(surroundings: StakeSurroundings, election: ElectionKeys, own: Written) {
    this.#surroundings = surroundings;
    this.#connection = surroundings.connection;
    this.#limit = surroundings.limit;
    this.election = election;
    this.own = own;
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
  async attempt(): Promise<void> {
    const attempt = this.#attempt();
    this.#inFlight = attempt;
    this.#position = await attempt;
  }

  stand(listener: PlaceListener): () => void {
    if (this.#position === undefined) throw new Error('a place is taken after an attempt');
    const place = new Place({ ...this.#surroundings, stake: this, listener });
    place.stand(this.#position);
    return () => place.leave();
  }

  /** A watch on the key, which nobody else can ever use. */
  lieInWait(listener: ArrivalListener): () => void {
    const target = { key: this.own.key, from: this.#releasedAt + 1n };
    return this.#surroundings.watches.watch(target, {
      events: (events) => {
        if (events.some(({ type }) => type === 'Put')) listener.arrived();
      },
      broken: () => listener.broken(),
    });
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
    if (!isOurs(responses[0]?.response_range.kvs[0], token)) throw failures.claimLost();
    const range = responses[1]?.response_range;
    const front = range && readFront(election, range, false);
    if (front !== undefined) return { front, revision: BigInt(header.revision) };
    return this.position(true);
  }

  /**
   * Removes the claim. `certain`: it is gone for good. Else an attempt that was never answered may
   * still be carried out.
   */
  async release(): Promise<{ readonly certain: boolean }> {
    const token = this.#token;
    const { header, succeeded } = await this.#connection.call(
      'release a claim',
      this.#limit,
      (c, o) => c.kv.txn(releaseRequest(this.own, token), o),
    );
    if (succeeded && token === undefined) this.#unanswered -= 1; // that one has been carried out
    this.#token = undefined;
    this.#releasedAt = BigInt(header.revision);
    return { certain: this.#unanswered <= 0 };
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
      if (written === undefined) throw failures.claimLost();
      this.#token = BigInt(written.create_revision);
      this.#unanswered -= 1; // an earlier attempt has been carried out after all
    }
    return this.position();
  }
}
