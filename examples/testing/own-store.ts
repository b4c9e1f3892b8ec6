import { describe, it } from 'node:test';
import { memoryStore, MemoryServer } from 'rx-leadership/stores/memory';
import { conformance } from 'rx-leadership/testing';

const server = new MemoryServer();
const yourStore = (options: { ttl: number }) => memoryStore({ server, latency: 1, ...options });

// #region conformance
// With node:test: `node --test own-store.js`. With Vitest: `test: it.concurrent, testAlone: it`.
const ttl = 2_000;
const alone: (() => void)[] = [];

void describe('a store of your own keeps the contract', { concurrency: 12 }, () => {
  conformance({
    test: (name, run) => void it(name, run),
    testAlone: (name, run) => alone.push(() => void it(name, run)),
    skip: (name, why) => void it(name, { skip: why }),
    open: () => yourStore({ ttl }),
    ttl,
    manifest: { hold: ttl + 500, ahead: false }, // what your store promises less
    faults: {
      // Cases that need a lever which is not here are skipped, with the reason.
      deleteClaim: (key, id) => void server.deleteClaim(key, id),
      cut: (store) => {
        server.cut(store);
        return () => server.heal(store);
      },
    },
  });
});

void describe('cases that would disturb each other', () => {
  for (const register of alone) register();
});
// #endregion
