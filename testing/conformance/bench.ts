import type { Observable } from 'rxjs';
import type { ClaimRequest, LeadershipStore } from '../../lib/index.js';
import { ExpectationFailed } from '../assert.js';
import { pause } from './eventually.js';
import type { ConformanceFaults, ConformanceHarness, StoreManifest } from './harness.js';
import { Seen } from './seen.js';
import { Stake } from './stake.js';

let benches = 0;

/** What one case works with. It clears up behind the case, whatever became of it. */
export class Bench {
  /** An election of its own. */
  readonly key: string;
  readonly ttl: number;
  /** No lease runs out that soon, and a store that answers at all answers by then. */
  readonly soon: number;
  /** By then, a holder that crashed has been replaced. */
  readonly hold: number;
  readonly staleAfter: number;
  readonly manifest: StoreManifest;
  readonly #harness: ConformanceHarness;
  readonly #stores: LeadershipStore[] = [];
  readonly #stakes: Stake[] = [];
  readonly #undo: (() => void | Promise<void>)[] = [];

  constructor(harness: ConformanceHarness) {
    const { ttl, manifest = {} } = harness;
    benches += 1;
    this.key = `conformance/${Date.now().toString(36)}-${benches}`;
    this.ttl = ttl;
    this.soon = ttl / 2;
    this.hold = manifest.hold ?? ttl + 1_000;
    this.staleAfter = manifest.staleAfter ?? Math.max(1_000, ttl / 2);
    this.manifest = manifest;
    this.#harness = harness;
  }

  /** A store, as a process of its own would have it. */
  async open(): Promise<LeadershipStore> {
    const store = await this.#harness.open();
    this.#stores.push(store);
    return store;
  }

  async openUnreachable(): Promise<LeadershipStore> {
    const store = await this.lever('openUnreachable')();
    this.#stores.push(store);
    return store;
  }

  /** Stakes a claim, by default on the election of this bench. */
  stake(
    store: LeadershipStore,
    id: string,
    { key = this.key, ...request }: Partial<ClaimRequest> & { key?: string } = {},
  ): Stake {
    const stake = new Stake(store, key, { ...request, id }, this.soon);
    this.#stakes.push(stake);
    return stake;
  }

  /** Stakes one claim after the other, each from a store of its own; the first is held. */
  async queue<const I extends readonly string[]>(...ids: I): Promise<{ [N in keyof I]: Stake }> {
    const stakes: Stake[] = [];
    for (const id of ids) {
      const stake = this.stake(await this.open(), id);
      await (stakes.length === 0 ? stake.isHeld() : stake.isWaiting());
      stakes.push(stake);
    }
    return stakes as { [N in keyof I]: Stake };
  }

  /** Opens some stores and hands them out in turn. */
  async openSome(count: number): Promise<() => LeadershipStore> {
    const first = await this.open();
    const stores = [first];
    while (stores.length < count) stores.push(await this.open());
    let turn = -1;
    return () => stores[(turn += 1) % count] ?? first;
  }

  /** Subscribes until the end of the case. */
  see<T>(source$: Observable<T>): Seen<T> {
    const seen = new Seen(source$, this.soon);
    this.#undo.push(() => seen.leave());
    return seen;
  }

  /** A lever of the surroundings. The case must say that it needs it. */
  lever<K extends keyof ConformanceFaults>(name: K): NonNullable<ConformanceFaults[K]> {
    const lever = this.#harness.faults?.[name];
    if (lever === undefined) throw new ExpectationFailed(`the harness has no lever "${name}"`);
    return lever;
  }

  /** Cuts a store off; the result mends it, which the end of the case does too. */
  async cut(store: LeadershipStore): Promise<() => Promise<void>> {
    return this.#once(await this.lever('cut')(store));
  }

  async holdReplies(store: LeadershipStore): Promise<() => Promise<void>> {
    return this.#once(await this.lever('holdReplies')(store));
  }

  async freeze(): Promise<() => Promise<void>> {
    return this.#once(await this.lever('freeze')());
  }

  /** Gives up every claim that was staked so far. */
  leaveAll(): void {
    for (const stake of this.#stakes) stake.leave();
  }

  /** Fails when `promise` takes longer. */
  async within<T>(limit: number, what: string, promise: Promise<T>): Promise<T> {
    const late = pause(limit).then(() => {
      throw new ExpectationFailed(`${what}: not within ${Math.round(limit)} ms`);
    });
    return Promise.race([promise, late]);
  }

  /** Mends all faults, gives up all claims and closes all stores. */
  async clear(): Promise<void> {
    for (const undo of this.#undo) await undo();
    this.leaveAll();
    await Promise.all(this.#stores.map((store) => store.close()));
    await Promise.all(this.#stakes.map((stake) => stake.isInOrder()));
  }

  /** Called by whoever comes first, and once. */
  #once(undo: () => void | Promise<void>): () => Promise<void> {
    let done = false;
    const once = async () => {
      if (done) return;
      done = true;
      await undo();
    };
    this.#undo.push(once);
    return once;
  }
}
