import type { Moment } from '../../lib/clock.js';

/**
 * Half a tick, at which servers exchange reports, is at most a quarter of the ttl: no session is
 * shorter than two ticks, unless `minSessionTimeout` was lowered.
 */
const untilReported = 1 / 4;

/**
 * How far apart the writes are that a lease may count from: it is that much older than a proof takes.
 * Shorter than the margin, which so makes up for a report to the leader that is late.
 */
const apart = 1 / 12;

interface Anchor {
  readonly sent: Moment;
  /** From when on a write that leaves proves that this one has been reported. */
  provable: number;
}

/**
 * From when the leader of the ensemble counts a session, at least: what acknowledged writes prove.
 *
 * A follower answers pings and reads alone, and tells the leader only at the leader's next ping,
 * every half tick, which sessions it has heard of. So an answer to those proves nothing: cut off
 * together with its follower, a candidate would get them for seconds more while the majority gives
 * its claims away. A write is answered by the majority, but does not itself tell the leader that the
 * session lives. Yet it comes to the leader on the same stream as the follower's reports. So a write
 * that leaves half a tick after the *answer* to an earlier one proves that the earlier one, which
 * the follower had by then, has been reported. When the earlier one left says nothing of that: a
 * slow network may bring both to the follower at once, between two reports.
 *
 * The first on a connection is the question that it began with. A new session is a write of its own,
 * so its lease counts from that at once. When a session is taken up again, the server asks the
 * leader, which takes that for a sign of life there and then; the first write that is acknowledged
 * on the connection proves that this leader had a majority after that.
 */
export class Proof {
  readonly #ttl: number;
  #proven: Moment;
  /** Those that are not proved yet, the oldest first. */
  #anchors: Anchor[] = [];
  #newestAnchor: number;
  #newest: number;

  /** Of one connection. `asked`: when the question for the session left. */
  constructor(ttl: number, asked: Moment) {
    this.#ttl = ttl;
    this.#proven = asked;
    this.#newestAnchor = asked.now;
    this.#newest = asked.now;
  }

  /**
   * When the next write is due: as soon as it can prove something, as slow answers leave no time to
   * wait; else when a lease shall count from it. Both in one where they are near each other.
   */
  get nextDue(): number {
    const useful = this.#anchors.find(({ provable }) => provable > this.#newest)?.provable;
    const apartFrom = this.#newestAnchor + apart * this.#ttl;
    if (useful === undefined || useful > apartFrom + this.#near) return apartFrom;
    return useful;
  }

  /** A write leaves. */
  leaves(sent: Moment): void {
    this.#newest = sent.now;
    if (sent.now < this.#newestAnchor + apart * this.#ttl - this.#near) return;
    this.#newestAnchor = sent.now;
    this.#anchors.push({ sent, provable: Infinity });
  }

  /** The write that left at `sent` is answered now: from when does the lease count? */
  acknowledged(sent: Moment, now: number): Moment {
    for (
      let [oldest] = this.#anchors;
      oldest !== undefined && oldest.provable <= sent.now;
      [oldest] = this.#anchors
    ) {
      this.#proven = oldest.sent;
      this.#anchors.shift();
    }
    const at = this.#anchors.findIndex((each) => each.sent === sent);
    const anchor = this.#anchors[at];
    if (anchor !== undefined) {
      anchor.provable = now + untilReported * this.#ttl;
      // Answers come in order: what was sent before and is not answered was refused.
      this.#anchors = this.#anchors.filter(({ provable }, n) => n >= at || provable < Infinity);
    }
    return this.#proven;
  }

  get #near(): number {
    return (apart * this.#ttl) / 4;
  }
}
