import { setTimeout as sleep } from 'node:timers/promises';
import { tell } from '../../spec/support/worker-process.js';
import { bareElections } from '../sides/bare-pipeline.js';
import { sides, type SideName } from '../sides/index.js';

/**
 * M5, heap: what is still there after a garbage collection with so many elections held, less what
 * is there with one, per election.
 */
const [url = '', kind = '', elections = ''] = process.argv.slice(2);
const count = Number(elections);
const atOnce = 100;

const hold = holder();
const key = (name: string | number) => `heap-${process.pid}/${name}`;
await hold(key('first'));
const before = await settled();
for (let held = 0; held < count; held += atOnce)
  await Promise.all(Array.from({ length: atOnce }, (_, index) => hold(key(held + index))));
const after = await settled();

tell({
  heap: (after.heapUsed - before.heapUsed) / count,
  outside: (after.external - before.external) / count,
});

function holder(): (key: string) => Promise<void> {
  if (kind === 'bare watcher' || kind === 'bare request') return bareElections(url, kind);
  const open = sides[kind as SideName]({ url, ttl: 60_000 });
  return (key) => new Promise((elected) => void open.campaign(key, 'me', elected));
}

async function settled() {
  for (let times = 0; times < 5; times += 1) {
    await sleep(100);
    globalThis.gc?.();
  }
  return process.memoryUsage();
}
