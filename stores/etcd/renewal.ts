import type { Subscription } from 'rxjs';
import { momentOf, type Clock, type Moment } from '../../lib/clock.js';
import { LeadershipError } from '../../lib/errors.js';
import type { SessionLease } from '../../lib/lease.js';
import { Renewing } from '../shared/renewing.js';
import { after, Backoff } from '../shared/timers.js';
import type { KeepAliveStream } from './client.js';
import type { Connection, Link } from './connection.js';
import { failures, translate } from './failures.js';

interface Ear {
  readonly stream: KeepAliveStream;
  readonly link: Link;
  /** When each request left that is not answered yet; a stream answers in order. */
  readonly sent: Moment[];
}

interface Answer {
  readonly ID: string;
  readonly TTL: string;
}

/** More would only wait for the same dead network. */
const mostEars = 4;

/**
 * Keeps one lease alive: one request per quarter of the ttl on one stream, however many claims.
 *
 * While answers are late, further streams are opened on new connections, and the old ones are
 * listened to on: a slow network is no dead one. An answer counts from the moment that its own
 * request left, so it does no harm when it comes late; the newest stream that answers stays.
 */
export class Renewal extends Renewing {
  readonly #connection: Connection;
  readonly #id: string;
  readonly #clock: Clock;
  readonly #backoff = new Backoff();
  readonly #timers = new Set<Subscription>();
  #ears: Ear[] = [];
  #opening = false;
  /** When the newest acknowledged request left. */
  #acknowledged: number;
  /** When the last answer came. */
  #heardAt: number;

  constructor(
    connection: Connection,
    lease: SessionLease,
    { id, granted, clock }: { id: string; granted: Moment; clock: Clock },
    gone: (error: LeadershipError) => void,
  ) {
    super({ failures, lease, gone });
    this.#connection = connection;
    this.#id = id;
    this.#clock = clock;
    this.#acknowledged = granted.now;
    this.#heardAt = clock.now();
    // Counted from the request: behind a slow network much of the lease is used up already.
    this.#after(granted.now + this.interval - clock.now(), () => this.#tick());
  }

  protected giveBack(): void {
    for (const timer of this.#timers) timer.unsubscribe();
    this.#timers.clear();
    for (const ear of this.#ears.splice(0)) ear.stream.cancel();
  }

  #tick(): void {
    if (this.endIfOver()) return;
    const asked = this.#clock.now();
    for (const ear of [...this.#ears]) this.#ask(ear);
    if (this.#ears.length === 0) void this.#listen();
    this.#after(this.interval / 2, () => this.#doubtUnlessAnswered(asked));
    this.#after(this.interval, () => this.#tick());
  }

  #ask(ear: Ear): void {
    ear.sent.push(momentOf(this.#clock));
    ear.stream.write({ ID: this.#id });
  }

  #doubtUnlessAnswered(asked: number): void {
    if (this.endIfOver() || this.#acknowledged >= asked) return;
    this.lease.doubt();
    if (this.#isSilent()) void this.#listen();
  }

  /** Not when the network is slow: then answers keep coming, each to a request of some time ago. */
  #isSilent(): boolean {
    return this.#clock.now() - this.#heardAt > this.interval;
  }

  /** Opens one more stream, on a new connection when the newest one does not answer. */
  async #listen(): Promise<void> {
    if (this.#opening || this.endIfOver()) return;
    this.#opening = true;
    const newest = this.#ears.at(-1);
    if (newest !== undefined) this.#connection.fail(newest.link);
    try {
      const { stream, link } = await this.#connection.stream(this.interval, (c) =>
        c.leaseClient.leaseKeepAlive(),
      );
      this.#add({ stream, link, sent: [] });
    } catch (error) {
      translate('renew a lease', error, this.#connection.secrets);
      this.#again();
    } finally {
      this.#opening = false;
    }
  }

  #add(ear: Ear): void {
    ear.stream.on('error', (error) => this.#broke(ear, error));
    ear.stream.on('end', () => this.#broke(ear, undefined));
    ear.stream.on('data', (answer) => this.#heard(ear, answer));
    if (this.isStopped) {
      ear.stream.cancel();
      return;
    }
    if (this.#ears.length >= mostEars) this.#drop(this.#ears[1]);
    this.#ears.push(ear);
    if (this.endIfOver()) return;
    const asked = this.#clock.now();
    this.#ask(ear);
    this.#after(this.interval / 2, () => this.#doubtUnlessAnswered(asked));
  }

  #heard(ear: Ear, answer: Answer & { readonly header: Parameters<Heard>[0] }): void {
    const sent = ear.sent.shift();
    if (this.isStopped || sent === undefined || !this.#ears.includes(ear)) return;
    this.#heardAt = this.#clock.now();
    this.#connection.proved(ear.link);
    this.#connection.world.heard(answer.header);
    const seconds = Number(answer.TTL);
    if (seconds <= 0) {
      this.end('the store does not know it any more');
      return;
    }
    if (seconds * 1_000 < this.lease.ttl) return; // not what was granted: it proves less
    if (!this.lease.acknowledged(sent)) {
      this.end('a renewal was acknowledged too late');
      return;
    }
    this.#acknowledged = Math.max(this.#acknowledged, sent.now);
    this.#backoff.reset();
    for (const older of this.#ears.slice(0, this.#ears.indexOf(ear))) this.#drop(older);
  }

  #broke(ear: Ear, error: Error | undefined): void {
    if (!this.#ears.includes(ear)) return;
    this.#drop(ear);
    const failure = translate(
      'renew a lease',
      error ?? 'the stream ended',
      this.#connection.secrets,
    );
    if (failure.code === 'store-unreachable') this.#connection.fail(ear.link);
    this.#again();
  }

  #again(): void {
    this.#after(this.#backoff.next(), () => {
      if (this.#ears.length === 0 || this.#isSilent()) void this.#listen();
    });
  }

  #drop(ear: Ear | undefined): void {
    if (ear === undefined) return;
    this.#ears = this.#ears.filter((other) => other !== ear);
    ear.stream.cancel();
  }

  #after(delay: number, work: () => void): void {
    if (this.isStopped) return;
    const timer = after(this.#connection.scheduler, delay, () => {
      this.#timers.delete(timer);
      work();
    });
    this.#timers.add(timer);
  }
}

type Heard = Connection['world']['heard'];
