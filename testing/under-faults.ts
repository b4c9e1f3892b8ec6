import type { LeadershipStore } from '../lib/index.js';
import { faultyStore, type FaultyStore, type FaultyStoreOptions } from './faulty-store.js';

/** Makes a store faulty with the seed of the test. */
export type MakeFaulty = (
  store: LeadershipStore,
  options?: Omit<FaultyStoreOptions, 'seed'>,
) => FaultyStore;

/**
 * Runs a test on faulty stores with one seed. When the test fails its error tells the seed, and what
 * went wrong on the stores: `RX_LEADERSHIP_SEED=<seed>` in the environment, or `seed` here,
 * repeats it.
 *
 * @returns what the test returns: also a promise.
 * @throws what the test throws.
 */
export function underFaults<T>(run: (faulty: MakeFaulty, seed: number) => T, seed = anySeed()): T {
  const stores: FaultyStore[] = [];
  const faulty: MakeFaulty = (store, options) => {
    const made = faultyStore(store, { ...options, seed: seed + stores.length });
    stores.push(made);
    return made;
  };
  const explain = (error: unknown): never => {
    const done = stores.flatMap((store, number) =>
      store.done.map((what) => `  store ${number + 1}: ${what}`),
    );
    const repeat = `under faults, seed ${seed} (to repeat: RX_LEADERSHIP_SEED=${seed}):`;
    throw told(error, [repeat, ...done].join('\n'));
  };
  try {
    const result = run(faulty, seed);
    return isPromise(result) ? (result.then(undefined, explain) as T) : result;
  } catch (error) {
    return explain(error);
  }
}

function anySeed(): number {
  const { process } = globalThis as { process?: { env: Record<string, string | undefined> } };
  const given = process?.env['RX_LEADERSHIP_SEED'];
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
}

/** The same error, for runners that show its diff, with more to say. */
function told(error: unknown, more: string): unknown {
  if (!(error instanceof Error)) return new Error(`${String(error)}\n${more}`, { cause: error });
  const { message, stack } = error;
  error.message = `${message}\n${more}`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  return error;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Partial<Promise<unknown>> | undefined)?.then === 'function';
}
