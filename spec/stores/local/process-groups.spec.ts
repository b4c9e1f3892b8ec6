import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { campaign, type LeadershipStore } from '../../../lib/index.js';
import { listProcessGroup, localStore } from '../../../stores/local/index.js';
import { memoryStore } from '../../../stores/memory/index.js';
import { Child } from '../../support/child.js';
import { isAlive } from '../../support/is-alive.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

const program = fileURLToPath(new URL('guard.ts', import.meta.url));
const ttl = 2_000;
const stores: LeadershipStore[] = [];
let folder: TemporaryFolder;
let guard: Child;

beforeEach(() => {
  folder = temporaryFolder('local-groups');
  guard = new Child(process.execPath, ['--import', 'tsx', program, folder.path, String(ttl)]);
});
afterEach(async () => {
  await guard.kill();
  await Promise.all(stores.splice(0).map((store) => store.close()));
  folder.remove();
});

function open(): LeadershipStore {
  const store = localStore({ directory: folder.path, ttl });
  stores.push(store);
  return store;
}

async function childOfGuard(): Promise<number> {
  return Number(await guard.until('a child', () => guard.lines[0], 20_000));
}

/** Runs for election; resolves at the first term to whether `pid` lived at that moment. */
function aliveWhenElected(pid: number): Promise<boolean> {
  const leadership$ = campaign(open(), { key: 'guarded', id: 'successor' });
  return firstValueFrom(leadership$.pipe(filter(({ elected }) => elected))).then(() =>
    isAlive(pid),
  );
}

describe.skipIf(!existsSync('/proc/self/stat'))('a leader with a child', () => {
  it('that is killed is followed only when the child is gone, which is killed for that', async () => {
    const child = await childOfGuard();
    const successor = aliveWhenElected(child);
    await guard.kill();
    expect(await successor).toBe(false);
  }, 30_000);

  it('that is stopped is followed after its lease, and when the child is gone', async () => {
    const child = await childOfGuard();
    const successor = aliveWhenElected(child);
    guard.signal('SIGSTOP');
    expect(await successor).toBe(false);
  }, 30_000);

  it('lets nothing begin that could not be listed', async () => {
    const store = open();
    await firstValueFrom(
      campaign(store, { key: 'other', id: 'me' }).pipe(filter(({ elected }) => elected)),
    );
    const other = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    await expect(listProcessGroup(memoryStore(), other.pid!)).rejects.toMatchObject({
      code: 'unsupported',
    });
    process.kill(-other.pid!, 'SIGKILL');
    await once(other, 'exit');
  });
});
