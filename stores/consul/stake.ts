import type { LeadershipError } from '../../lib/errors.js';
import { isUnknownOutcome } from '../shared/failures.js';
import type { Session } from '../shared/session.js';
import type { PlaceListener, Stake } from '../shared/stake.js';
import type { Entry } from './client.js';
import type { Connection, Send } from './connection.js';
import type { Courtesy } from './courtesy.js';
import { failures, statusOf } from './failures.js';
import { Place } from './place.js';
import type { Turn } from './queues.js';
import type { ConsulSession } from './session.js';
import type { Sight } from './sight.js';
import {
  isLock,
  isUsable,
  lockFlags,
  lockOperations,
  stateOf,
  unlockOperations,
  type Expected,
} from './wire.js';

export interface StakeSurroundings {
  readonly connection: Connection;
  readonly sight: Sight;
  readonly session: Session<ConsulSession>;
  readonly courtesy: Courtesy;
}

/**
 * What an attempt has come to. `refused`: the key is free, but nobody may have it yet. `changed`: it
 * is not as expected any more. `foreign`: it is no lock, so it is left alone.
 */
export type Attempted = 'held' | 'taken' | 'refused' | 'changed' | 'foreign';

/** A claim in Consul: the key itself, held by a session. Who does not get it is known to nobody. */
export class ConsulStake implements Stake {
  readonly key: string;
  readonly #surroundings: StakeSurroundings;
  readonly #value: string;
  readonly #turn: Turn;
  /** In which states of the key an attempt would still be carried out that was never answered. */
  readonly #pending = new Set<Expected>();
  readonly #since: number;
  /** Whether an attempt for a key that was not there was never answered. */
  #mayArrive = false;
  #token: bigint | undefined;
  #inFlight: Promise<unknown> | undefined;
  #lastSent = -Infinity;
  #wake: () => void = () => undefined;

  constructor(surroundings: StakeSurroundings, key: string, value: string) {
    this.#surroundings = surroundings;
    this.key = key;
    this.#value = value;
    this.#since = surroundings.connection.scheduler.now();
    const { queues } = surroundings.session.driver;
    this.#turn = queues.join(key, () => this.#wake());
  }

  get token(): bigint | undefined {
    return this.#token;
  }

  /** Always: its turn in the process is to be given back, if nothing else. */
  get mayExist(): boolean {
    return true;
  }

  /** Of its session. */
  get ttl(): number {
    return this.#surroundings.session.lease.ttl;
  }

  get lastSent(): number {
    return this.#lastSent;
  }

  /** Whether no other claim of this session comes first. */
  get isFirst(): boolean {
    return this.#turn.isFirst;
  }

  /** Whether somebody else holds the key. */
  isTaken(entry: Entry | undefined): boolean {
    return entry?.Session !== undefined && !this.#holds(entry);
  }

  async quiet(): Promise<void> {
    await this.#inFlight?.catch(() => undefined);
  }

  async attempt(): Promise<void> {
    if (!this.isFirst || this.#token !== undefined || this.courtesy > 0) return;
    // A new election most likely: so that takes a single round trip.
    if (this.#pending.size === 0 && (await this.tryToLock('absent')) !== 'changed') return;
    await this.attemptOn(await this.read());
  }

  /** For so many milliseconds it still lets other processes go first. */
  get courtesy(): number {
    return this.#surroundings.courtesy.left(this.key, this.#since);
  }

  /** Takes the key if it is free. Resolves with whether it may be asked for again soon. */
  async attemptOn(entry: Entry | undefined): Promise<Attempted> {
    if (entry !== undefined && this.#holds(entry)) {
      if (this.#pending.size === 0 || !isLock(entry) || entry.Value !== this.#value) {
        // Nobody of this session claims it so: it was written over, or came out of the blue.
        await this.#unlockAsItIs(entry);
        return 'changed';
      }
      this.#token = BigInt(entry.ModifyIndex); // an earlier attempt was carried out after all
      this.#pending.clear();
      return 'held';
    }
    if (!isUsable(entry)) return 'foreign';
    if (entry?.Session !== undefined) return 'taken';
    return this.tryToLock(stateOf(entry));
  }

  tryToLock(expected: Expected): Promise<Attempted> {
    const attempt = this.#tryToLock(expected);
    this.#inFlight = attempt;
    return attempt;
  }

  stand(listener: PlaceListener): () => void {
    const { connection, sight } = this.#surroundings;
    const place = new Place({ connection, sight, stake: this, listener });
    this.#wake = () => place.look();
    place.stand();
    return () => {
      this.#wake = () => undefined;
      place.leave();
    };
  }

  /** Whether the key is still held as this claim has acquired it. */
  isOurs(entry: Entry | undefined): boolean {
    return this.#holds(entry) && entry !== undefined && BigInt(entry.ModifyIndex) === this.#token;
  }

  /**
   * Always certain, in the end: an attempt is carried out only in the state of the key for which it
   * was made, so once the key is in another one it never is. Only that it is not there can be so
   * again, when somebody deletes it: that is watched for.
   */
  async release(): Promise<{ readonly certain: boolean }> {
    if (this.isFirst) await this.#giveUp();
    this.#turn.leave();
    if (this.#mayArrive) this.#guard();
    return { certain: true };
  }

  /** There is nothing to wait for: see {@link release}. */
  lieInWait(): () => void {
    return () => undefined;
  }

  async read(): Promise<Entry | undefined> {
    const { entries } = await this.#call('read the key', (client, timeout) =>
      client.read({ key: this.key, consistent: true }, timeout),
    );
    return entries[0];
  }

  async #giveUp(): Promise<void> {
    if (this.#token === undefined && this.#pending.size === 0) return;
    // As we wrote it, in one round trip; else what has become of it is to be seen.
    const token = this.#token;
    if (token !== undefined && this.#pending.size === 0 && (await this.#unlock(token))) return;
    for (;;) {
      const entry = await this.read();
      const state = stateOf(entry);
      if (entry !== undefined && this.#holds(entry)) {
        if (await this.#unlockAsItIs(entry)) return;
      } else if (!this.#pending.has(state)) {
        this.#pending.clear();
        return;
      } else if (!isUsable(entry) || (await this.tryToLock(state)) === 'refused') {
        // Nobody may have it yet, so neither may what still comes: ask again.
        throw failures.unconfirmed('a claim');
      }
    }
  }

  /** Gives up what this session holds without a claim, until it ends. Who claims the key does so itself. */
  #guard(): void {
    const { session, sight } = this.#surroundings;
    const { guarded, queues } = session.driver;
    if (guarded.has(this.key) || session.isOver) return;
    guarded.add(this.key);
    const watching = sight.watch(this.key, {
      seen: ({ entry }) => {
        if (entry === undefined || !this.#holds(entry) || queues.has(this.key)) return;
        this.#unlockAsItIs(entry).catch(() => undefined); // it is seen again soon
      },
      refused: () => undefined,
    });
    session.onEnd(() => watching.stop());
  }

  /** What another hand wrote over it stays. */
  #unlockAsItIs(entry: Entry): Promise<boolean> {
    const index = BigInt(entry.ModifyIndex);
    if (isLock(entry)) return this.#unlock(index);
    return this.#unlock(index, entry.Value ?? '', String(entry.Flags));
  }

  async #unlock(index: bigint, value = '', flags = lockFlags): Promise<boolean> {
    const session = this.#surroundings.session.driver.id;
    const change = { key: this.key, session, value, flags, expected: index };
    const done = await this.#transact('release a claim', unlockOperations(change));
    if (typeof done === 'string') return false;
    this.#surroundings.courtesy.released(this.key);
    this.#token = undefined;
    this.#pending.clear();
    return true;
  }

  async #tryToLock(expected: Expected): Promise<Attempted> {
    const { session, connection } = this.#surroundings;
    const operations = lockOperations({
      key: this.key,
      session: session.driver.id,
      value: this.#value,
      flags: lockFlags,
      expected,
    });
    const isRepeated = this.#pending.has(expected);
    this.#pending.add(expected);
    this.#lastSent = connection.scheduler.now();
    try {
      const done = await this.#transact('stake a claim', operations);
      if (!isRepeated) this.#pending.delete(expected);
      if (typeof done === 'string') return done;
      const entry = done.at(-1);
      if (entry === undefined) return 'changed';
      this.#token = BigInt(entry.ModifyIndex);
      this.#pending.clear();
      return 'held';
    } catch (error) {
      const isUnknown = isUnknownOutcome(error as LeadershipError);
      if (!isRepeated && !isUnknown) this.#pending.delete(expected);
      if (isUnknown && expected === 'absent') this.#mayArrive = true;
      throw error;
    }
  }

  /** With why not, where the key is not in the state that was expected, or not to be locked. */
  async #transact(what: string, operations: string): Promise<Entry[] | 'refused' | 'changed'> {
    return this.#call(what, (client, timeout) =>
      client.transact(operations, timeout).catch((error: unknown) => {
        const why = conflictOf(error);
        if (why === undefined) throw error;
        if (/invalid session/i.test(why)) throw failures.sessionLost('the session is gone');
        return /lock/i.test(why) && !/index|exist/i.test(why) ? 'refused' : 'changed';
      }),
    );
  }

  #holds(entry: Entry | undefined): boolean {
    return entry?.Session === this.#surroundings.session.driver.id;
  }

  #call<T>(what: string, send: Send<T>): Promise<T> {
    const { connection, session } = this.#surroundings;
    return connection.call(what, session.limit, send);
  }
}

/** What a transaction was refused for. */
function conflictOf(error: unknown): string | undefined {
  if (statusOf(error) !== 409) return undefined;
  const { response } = error as { response?: { body?: { Errors?: { What?: string }[] } } };
  return (response?.body?.Errors ?? []).map(({ What }) => What ?? '').join('; ');
}
