import { LeadershipError } from '../../lib/errors.js';
import type { Header } from './client.js';

/**
 * Notices when the store has lost data: another cluster answers, or one whose revisions are behind
 * what was seen before the request left. Tokens are revisions, so they could start anew.
 */
export class World {
  #tell: (error: LeadershipError) => void = () => undefined;
  #cluster: string | undefined;
  #revision = 0n;

  /** Whom to tell. */
  onLost(tell: (error: LeadershipError) => void): void {
    this.#tell = tell;
  }

  /** The largest revision seen. Take it before a request leaves, for {@link answered}. */
  get revision(): bigint {
    return this.#revision;
  }

  /** Any message of the server: a member that lags may show an older revision here. */
  heard(header: Header): void {
    if (this.#isForeign(header)) this.#lose(header, 'another cluster answers');
    this.#see(header);
  }

  /**
   * The answer to a linearizable request. `before`: the largest revision seen when it left. The
   * store promises at least that one.
   */
  answered(header: Header, before: bigint): void {
    if (this.#isForeign(header)) this.#lose(header, 'another cluster answers');
    else if (BigInt(header.revision) < before && before <= this.#revision)
      this.#lose(header, `revision ${header.revision} after ${String(before)}`);
    this.#see(header);
  }

  #isForeign(header: Header): boolean {
    return this.#cluster !== undefined && header.cluster_id !== this.#cluster;
  }

  #see(header: Header): void {
    this.#cluster = header.cluster_id;
    const revision = BigInt(header.revision);
    if (revision > this.#revision) this.#revision = revision;
  }

  /** Tells it once and accepts the new world: what follows is compared with that. */
  #lose(header: Header, why: string): void {
    this.#cluster = header.cluster_id;
    this.#revision = BigInt(header.revision);
    this.#tell(
      new LeadershipError('data-lost', `etcd: the store lost data: ${why}; tokens may start anew`),
    );
  }
}
