import { filter, firstValueFrom, type Observable } from 'rxjs';
import { afterEach } from 'vitest';
import { Candidate, type CandidateOptions, Follower } from '../../lib/index.js';
import { memoryStore, MemoryServer, type MemoryStoreOptions } from '../../stores/memory/index.js';

export const key = 'service/swarm/leader';

/** Short, where a test waits for a lease to run out: margin 200, a renewal each 150. */
export const shortly = { ttl: 600 };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** One server in real time, and the original's two types on it. */
export function world(options: MemoryStoreOptions = {}) {
  const server = new MemoryServer();
  const open = () => {
    const store = memoryStore({ server, ...options });
    closing.push(() => store.close());
    return store;
  };
  const store = open();
  const candidate = (id: string, given: CandidateOptions = {}, on = store) =>
    new Candidate(on, key, id, given);
  const follower = (on = store) => new Follower(on, key);
  const queue = () => server.queue(key).map(({ id }) => id);
  return { server, store, open, candidate, follower, queue };
}

/** Waits until `source$` emits what `wanted` accepts. */
export function until<T>(source$: Observable<T>, wanted: (value: T) => boolean): Promise<T> {
  return firstValueFrom(source$.pipe(filter(wanted)));
}

/** Resolves once the candidate leads. */
export const leading = (candidate: Candidate) => until(candidate.elected$, (elected) => elected);

/** Collects what is emitted; `end` tells how it ended. */
export function record<T>(source$: Observable<T>) {
  const seen: T[] = [];
  const end: { how?: 'complete' | 'error'; error?: unknown } = {};
  source$.subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => Object.assign(end, { how: 'error', error }),
    complete: () => Object.assign(end, { how: 'complete' }),
  });
  return { seen, end };
}
