import { describe } from 'vitest';
import { conformance } from '../../../testing/index.js';
import { MemoryServer, memoryStore } from '../../../stores/memory/index.js';
import { runClosing, withVitest } from '../conformance-harness.js';

const ttl = 1_500; // a shorter one is lost now and then when the machine is busy

describe('the memory store keeps the contract', () => {
  const server = new MemoryServer();

  conformance({
    ...withVitest,
    open: () => memoryStore({ server, ttl, latency: 1 }),
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
      runAlone: (name) => runClosing(name, 'memory://closing'),
    },
  });
});
