import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filter, firstValueFrom, map, type Subscription } from 'rxjs';
import { expect, it } from 'vitest';
import { campaign } from '../../../lib/index.js';
import { folderName } from '../../../stores/local/election-folder.js';
import { localStore } from '../../../stores/local/index.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

it('a claim that comes too late, before it is withdrawn, is shown to nobody who saw a later one', async () => {
  const folder = temporaryFolder('local-late');
  const store = localStore({ directory: folder.path });
  const key = 'late';
  const runs: Subscription[] = [];
  const enter = (id: string) => {
    const leadership$ = campaign(store, { key, id });
    runs.push(leadership$.subscribe());
    return leadership$;
  };
  const elected = async (id: string) => {
    const leadership$ = enter(id);
    const { term } = await firstValueFrom(leadership$.pipe(filter((each) => each.elected)));
    return term.token;
  };
  await elected('first');
  runs.shift()!.unsubscribe();
  const token = await elected('second');
  const seen: unknown[] = [];
  const tokens$ = store.contenders(key).pipe(map((all) => all.map((each) => each.token)));
  runs.push(
    tokens$.subscribe({ next: (all) => seen.push(all), error: (e: unknown) => seen.push(e) }),
  );
  await firstValueFrom(tokens$);

  const path = join(folder.path, 'elections', folderName(key));
  const late = join(path, String(token - 1n));
  writeFileSync(late, readFileSync(join(path, String(token))));
  void enter('third');
  const both = [token, token + 1n];
  const last = await firstValueFrom(tokens$.pipe(filter((all) => all.length > 1)));
  expect(last).toEqual(both);
  expect(seen).toEqual([[token], both]);

  rmSync(late);
  for (const run of runs) run.unsubscribe();
  await store.close();
  folder.remove();
});
