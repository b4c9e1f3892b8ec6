import type { SchedulerLike } from 'rxjs';
import type { LeadershipError } from '../../lib/errors.js';
import { isUnknownOutcome } from '../shared/failures.js';
import type { PlaceListener, Stake } from '../shared/stake.js';
import type { Stat } from './client.js';
import type { Link } from './client-link.js';
import { codes, isFailure } from './codes.js';
import type { Connection } from './connection.js';
import { failures, translate } from './failures.js';
import { claimPrefix, queueOf, type ElectionNode } from './nodes.js';
import { makeParents } from './parents.js';
import { Place } from './place.js';
import { Watch } from './watch.js';

/** Who stands in front of a claim, as read on a link on which the claim is watched since then. */
export interface Position {
  readonly link: Link;
  readonly own: Watch;
  /** `undefined`: nobody. */
  readonly predecessor: string | undefined;
  readonly ahead: number;
}

export interface StakeSurroundings {
  readonly connection: Connection;
  readonly scheduler: SchedulerLike;
  /** The longest time for one request. */
  readonly limit: number;
  /** How long it may wait without knowing who is in front. */
  readonly patience: number;
}

/** A claim in ZooKeeper: one ephemeral node with a number, written once. */
export class ZooKeeperStake implements Stake {
  readonly #surroundings: StakeSurroundings;
  readonly #connection: Connection;
  readonly #limit: number;
  readonly #election: ElectionNode;
  readonly #prefix = claimPrefix();
  readonly #value: Buffer;
  /** Whether a write is, or may be, on its way whose outcome is not known. */
  #unanswered = false;
  /** The name of the node, once it is known to be there. */
  #name: string | undefined;
  #token: bigint | undefined;
  #inFlight: Promise<unknown> | undefined;
  #lastSent = -Infinity;
  #position: Position | undefined;

  constructor(surroundings: StakeSurroundings, election: ElectionNode, value: Buffer) {
    this.#surroundings = surroundings;
    this.#connection = surroundings.connection;
    this.#limit = surroundings.limit;
    this.#election = election;
    this.#value = value;
  }

  get token(): bigint | undefined {
    return this.#token;
  }

  get mayExist(): boolean {
    return this.#name !== undefined || this.#unanswered;
  }

  get lastSent(): number {
    return this.#lastSent;
  }

  async quiet(): Promise<void> {
    await this.#inFlight?.catch(() => undefined);
  }

  async attempt(): Promise<void> {
    const attempt = this.#attempt();
    this.#inFlight = attempt;
    this.#position = await attempt;
  }

  stand(listener: PlaceListener): () => void {
    if (this.#position === undefined) throw new Error('a place is taken after an attempt');
    const { scheduler, patience } = this.#surroundings;
    const place = new Place({ scheduler, patience, stake: this, listener });
    place.stand(this.#position);
    return () => place.leave();
  }

  /** Reads who is in front and that the claim is still as it was written. One round trip. */
  position(): Promise<Position> {
    return this.#call('read the queue', (link) => this.#look(link));
  }

  /** Resolves with whether the one in front is still there. */
  watchPredecessor({ link }: Position, path: string, watch: Watch): Promise<boolean> {
    return link.exists(path, watch).then(
      (stat) => stat !== null,
      (error: unknown) => {
        throw translate('watch the claim in front', error);
      },
    );
  }

  pathOf(name: string): string {
    return `${this.#election.path}/${name}`;
  }

  /**
   * Always certain: ZooKeeper carries the requests of a session out in one order, and refuses what
   * still comes over an earlier link of it. So what is read after that is the last word on what was
   * never answered.
   */
  async release(): Promise<{ readonly certain: true }> {
    if (this.#unanswered) await this.#call('look for a claim', (link) => this.#find(link));
    const name = this.#name;
    if (name !== undefined) {
      await this.#call('release a claim', async (link) => {
        try {
          await link.remove(this.pathOf(name), 0); // written once: not what another hand wrote
        } catch (error) {
          if (!isFailure(error, codes.noNode, codes.badVersion)) throw error;
        }
      });
    }
    this.#forget();
    return { certain: true };
  }

  /** There is nothing to wait for: see {@link release}. */
  lieInWait(): () => void {
    return () => undefined;
  }

  async #attempt(): Promise<Position> {
    if (this.#unanswered) await this.#call('look for a claim', (link) => this.#find(link));
    if (this.#name === undefined) await this.#create();
    return this.position();
  }

  async #create(): Promise<void> {
    const attempt = { sent: false, over: false };
    this.#unanswered = true;
    try {
      const path = await this.#call('stake a claim', (link) => this.#createOn(link, attempt));
      this.#name = path.slice(path.lastIndexOf('/') + 1);
      this.#unanswered = false;
    } catch (error) {
      attempt.over = true; // else it could still send something, once its parents are there
      const isCertain = !attempt.sent || !isUnknownOutcome(error as LeadershipError);
      if (isCertain) this.#unanswered = false;
      throw error;
    }
  }

  async #createOn(link: Link, attempt: { sent: boolean; readonly over: boolean }): Promise<string> {
    for (let tries = 0; ; tries += 1) {
      if (attempt.over) throw failures.unconfirmed('a claim');
      attempt.sent = true;
      this.#lastSent = this.#surroundings.scheduler.now();
      try {
        return await link.createClaim(this.pathOf(this.#prefix), this.#value);
      } catch (error) {
        // The parents may be removed again before the claim is there.
        if (!isFailure(error, codes.noNode) || tries >= 3) throw error;
        attempt.sent = false;
        await makeParents(link, this.#election.path);
      }
    }
  }

  /**
   * What has become of a write that was never answered. First a write, so that the server has all
   * that was carried out before: it may be another one than the lost request went through.
   */
  async #find(link: Link): Promise<void> {
    const [, children] = await Promise.all([link.check(), this.#children(link)]);
    this.#name = children.find((name) => name.startsWith(this.#prefix));
    this.#unanswered = false;
  }

  async #look(link: Link): Promise<Position> {
    const name = this.#name;
    if (name === undefined) throw failures.claimLost();
    const path = this.pathOf(name);
    const own = new Watch(link, path);
    const [children, stat] = await Promise.all([this.#children(link), link.exists(path, own)]);
    const queue = queueOf(children);
    const ahead = queue.indexOf(name);
    if (ahead < 0 || !this.#isOurs(stat)) {
      own.stop();
      this.#forget();
      throw failures.claimLost();
    }
    return { link, own, ahead, predecessor: queue[ahead - 1] };
  }

  /** Still as it was written: another one of that name has another token. */
  #isOurs(stat: Stat | null): boolean {
    if (stat === null) return false;
    const token = stat.czxid.readBigInt64BE(0);
    this.#token ??= token;
    return this.#token === token && stat.version === 0;
  }

  /** It is gone, or not ours any more: there is nothing to remove. */
  lost(): void {
    this.#forget();
  }

  #forget(): void {
    this.#name = undefined;
    this.#token = undefined;
  }

  async #children(link: Link): Promise<string[]> {
    try {
      return await link.children(this.#election.path);
    } catch (error) {
      if (isFailure(error, codes.noNode)) return [];
      throw error;
    }
  }

  #call<T>(what: string, send: (link: Link) => Promise<T>): Promise<T> {
    return this.#connection.call(what, this.#limit, send);
  }
}
