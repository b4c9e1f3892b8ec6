import type { LeadershipStore } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { groupMark, type GroupMark } from './machine.js';

/** Process groups that act for the terms of a store, besides its own process. */
export class ProcessGroups {
  readonly #listed = new Map<number, GroupMark>();
  readonly #writers = new Set<() => Promise<boolean>>();

  get list(): readonly GroupMark[] {
    return [...this.#listed.values()];
  }

  /** `write` makes others see the list; it resolves to whether they do. Call the result to stop. */
  onChange(write: () => Promise<boolean>): () => void {
    this.#writers.add(write);
    return () => this.#writers.delete(write);
  }

  /** Resolves once all others of the machine can see it. */
  async add(group: number): Promise<void> {
    this.#listed.set(group, groupMark(group));
    const seen = await Promise.all([...this.#writers].map((write) => write()));
    if (seen.every(Boolean)) return;
    this.#listed.delete(group);
    throw new LeadershipError(
      'store-unreachable',
      `local: the process group ${String(group)} could not be listed: do not let it begin`,
    );
  }

  /** With the next renewal: until then others only wait for who is gone already. */
  remove(group: number): void {
    this.#listed.delete(group);
  }
}

const groupsOfStores = new WeakMap<LeadershipStore, ProcessGroups>();

/** For a store that is being made. */
export function groupsOf(store: LeadershipStore, groups: ProcessGroups): void {
  groupsOfStores.set(store, groups);
}

/**
 * Says that a process group of this machine acts for the terms that this process leads on `store`,
 * a local one. From then on a term of a process that has died counts as over only when nobody of
 * the group is left: who would lead next kills what is left of it first. The same for a process that
 * hangs, once its lease has run out.
 *
 * List it before it does anything: hold it back until the promise has resolved.
 *
 * @example
 * const listed = await listProcessGroup(store, child.pid); // spawned with `detached: true`
 * letGo(child);
 * child.once('exit', listed.remove);
 * @returns Rejects with a `LeadershipError`: `unsupported` where the store is not a local one,
 * `store-unreachable` when it could not be written down.
 */
export async function listProcessGroup(
  store: LeadershipStore,
  group: number,
): Promise<{ readonly remove: () => void }> {
  const groups = groupsOfStores.get(store);
  if (groups === undefined)
    throw new LeadershipError('unsupported', `a store "${store.name}" lists no process groups`);
  await groups.add(group);
  return { remove: () => groups.remove(group) };
}
