import { describe, it } from 'vitest';
import { conformance } from '../../../testing/index.js';
import { MemoryServer, memoryStore } from '../../../stores/memory/index.js';

const ttl = 1_000;

describe('the memory store keeps the contract', () => {
  const server = new MemoryServer();
  const timeout = 20 * ttl;

  conformance({
    test: (name, run) => it.concurrent(name, run, timeout),
    testAlone: (name, run) => it(name, run, timeout),
    skip: (name, why) => it.skip(`${name} (${why})`),
    open: () => memoryStore({ server, ttl }),
    ttl,
    manifest: { hold: ttl + 300 },
    faults: {
      deleteClaim: (key, id) => void server.deleteClaim(key, id),
      overwriteClaim: (key, id) => void server.overwriteClaim(key, id),
      endSession: (key, id) => void server.endSession(key, id),
      cut: (store) => {
        server.cut(store);
        return () => server.heal(store);
      },
      holdReplies: (store) => server.holdReplies(store),
      freeze: () => {
        server.freeze();
        return () => server.thaw();
      },
      restart: () => server.restart(),
      openUnreachable: () => {
        const away = new MemoryServer();
        away.freeze();
        return memoryStore({ server: away, ttl });
      },
    },
  });
});
