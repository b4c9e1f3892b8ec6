import { setTimeout as sleep } from 'node:timers/promises';
import { campaign } from '../../lib/index.js';
import { tell } from '../../spec/support/worker-process.js';
import { etcdStore } from '../../stores/etcd/index.js';
import { barePipelines } from '../sides/bare-pipeline.js';
import { openSide, type SideName } from '../sides/index.js';
import { httpUrl } from '../sides/raw-client.js';

/**
 * M5, heap: what is still there after a garbage collection with so many elections held, less what
 * is there with one, per election. All of them tell one and the same function, so that nothing of
 * this program is counted.
 */
const [url = '', kind = '', elections = ''] = process.argv.slice(2);
const ttl = 60_000;
const count = Number(elections);
const atOnce = 100;
let held = 0;

const hold = await holder(() => (held += 1));
await holdUntil(1);
const before = await settled();
while (held <= count) await holdUntil(held + atOnce);
const after = await settled();

tell({
  heap: (after.heapUsed - before.heapUsed) / count,
  outside: (after.external - before.external) / count,
});

/** Other processes may have left elections behind: the keys are our own. */
async function holdUntil(total: number): Promise<void> {
  for (let number = held; number < total; number += 1) hold(`heap-${process.pid}/${number}`);
  while (held < total) await sleep(5);
}

async function holder(elected: () => void): Promise<(key: string) => void> {
  if (kind === 'bare watcher' || kind === 'bare request') return barePipelines(url, kind, elected);
  if (kind === 'rx-leadership') {
    const store = etcdStore({ hosts: httpUrl(url), ttl });
    const next = (leadership: { readonly elected: boolean }) => {
      if (leadership.elected) elected();
    };
    return (key) => void campaign(store, { key, id: 'me' }).subscribe(next);
  }
  const open = openSide('etcd', kind as SideName, { url, ttl });
  return (key) => void open.campaign(key, 'me', elected);
}

async function settled() {
  for (let times = 0; times < 5; times += 1) {
    await sleep(100);
    globalThis.gc?.();
  }
  return process.memoryUsage();
}
