import { expect, it } from 'vitest';
import type { LeadershipStore } from '../../lib/index.js';
import { MemoryServer, memoryStore, type MemoryStore } from '../../stores/memory/index.js';
import { conformance } from '../../testing/index.js';
import { brokenStores, type Parts } from './broken-stores.js';

// A suite is worth what it finds: stores that break one promise each must fail the case of that
// promise. What they are built on passes all cases (see `memory/conformance.spec.ts`).

const ttl = 1_000;

/** Runs one case on a store that is right but for some parts. */
async function run(name: string, breakIt: (store: MemoryStore) => Parts): Promise<void> {
  const server = new MemoryServer();
  const inner = new Map<LeadershipStore, MemoryStore>();
  const cases = new Map<string, () => Promise<void>>();
  conformance({
    test: (known, body) => cases.set(known, body),
    ttl,
    open: () => {
      const right = memoryStore({ server, ttl, latency: 1 });
      const wrong = Object.assign(Object.create(right) as LeadershipStore, {
        lock: right.lock.bind(right),
        watch: right.watch.bind(right),
        contenders: right.contenders.bind(right),
        close: right.close.bind(right),
        timing: right.timing.bind(right),
        ...breakIt(right),
      });
      inner.set(wrong, right);
      return wrong;
    },
    faults: {
      deleteClaim: (key, id) => void server.deleteClaim(key, id),
      cut: (store) => {
        server.cut(inner.get(store)!);
        return () => server.heal(inner.get(store)!);
      },
      holdReplies: (store) => server.holdReplies(inner.get(store)!),
    },
  });
  const body = cases.get(name);
  if (body === undefined) throw new Error(`there is no case "${name}"`);
  await body();
}

it.concurrent.each(brokenStores)('a store that %s is found out', async (_what, name, breakIt) => {
  await expect(run(name, breakIt)).rejects.toMatchObject({ name: 'ExpectationFailed' });
});

it('a store that breaks nothing passes these cases', async () => {
  const names = new Set(brokenStores.map(([, name]) => name));
  await Promise.all([...names].map((name) => run(name, () => ({}))));
});
