// Replicas that start at the same time: one migrates, the others wait for it, and all go on.
// `tsx examples/migration.ts etcd://127.0.0.1:2379 /path/of/the/version`
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, take } from 'rxjs';
import { campaign, whileLeader } from 'rx-leadership';
import type { Term } from 'rx-leadership';
import { openStore } from 'rx-leadership/stores';

const [, , url = 'memory://here', file = '/dev/null'] = process.argv;

/** Whoever leads looks first: a leader before it may be done already, or may have died half-way. */
async function migrate({ signal }: Term): Promise<string> {
  const version = await readFile(file, 'utf8').catch(() => '1');
  if (version === '2') return 'is migrated already';
  await sleep(300, undefined, { signal }); // the migration, which stops when the term ends
  await writeFile(file, '2');
  return 'has migrated';
}

const store = await openStore(url);
// #region migration
const result$ = campaign(store, { key: 'app/migration', id: `process-${process.pid}` }).pipe(
  whileLeader((term) => migrate(term), { onError: 'resign' }), // failed: another one tries
  take(1), // done: the key is given back, and the next one looks
);
console.log(await lastValueFrom(result$, { defaultValue: 'was stopped' }));
// #endregion
await store.close();
console.log('serves');
