import { etcdStore } from '../../../stores/etcd/index.js';
import { tell } from '../../support/worker-process.js';

/**
 * A process that uses a store at `url` as `what` says, closes it, and has to end by itself then.
 * It tells how long the closing took, and how the claims were given back.
 */
const [, , url = '', what = ''] = process.argv;
const store = etcdStore({ hosts: url, ttl: 2_000 });
const outcomes: string[] = [];
const settled = ({ outcome }: { outcome: string }) => outcomes.push(outcome);

async function close(): Promise<void> {
  const since = performance.now();
  await store.close();
  tell({ took: performance.now() - since, outcomes });
}

function use(): void {
  store.watch('closing/seen').subscribe();
  store.contenders('closing/seen').subscribe();
  store.lock('closing/own', { id: 'a', settled }).subscribe({
    next: ({ status }) => {
      tell({ status });
      if (status === 'held' && what === 'close') void close();
    },
    error: (error: unknown) => tell({ error: String(error) }),
  });
  store.lock('closing/other', { id: 'a', settled }).subscribe({ error: () => undefined });
}

if (what !== 'unused') use();
if (what === 'unused' || what === 'at-once') void close();
process.on('SIGUSR2', () => void close());
