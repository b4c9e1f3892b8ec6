import { describe, it } from 'node:test';
import { conformance, faultyStore } from '../../../testing/index.js';
import { memoryStore, MemoryServer } from '../../../stores/memory/index.js';

// Run by `node --test`: no other runner is loaded. The store is one of somebody else's, as far as
// the suite can see.

const server = new MemoryServer();
const ttl = 2_000;
const alone: (() => void)[] = [];

void describe('a store keeps the contract', { concurrency: 12 }, () => {
  conformance({
    test: (name, run) => void it(name, run),
    testAlone: (name, run) => alone.push(() => void it(name, run)),
    skip: (name, why) => void it(name, { skip: why }),
    open: () => faultyStore(memoryStore({ server, ttl, latency: 1 }), { likelihood: 0 }),
    ttl,
    manifest: { hold: ttl + 300, ahead: false },
    faults: { deleteClaim: (key, id) => void server.deleteClaim(key, id) },
  });
});

void describe('one by one', () => {
  for (const register of alone) register();
});
