import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, NEVER, of, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { campaign, type Leadership } from '../../lib/index.js';
import { localStore } from '../../stores/local/index.js';
import { watchdog } from '../../watchdog/index.js';
import { Child } from '../support/child.js';
import { isAlive } from '../support/is-alive.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const program = fileURLToPath(new URL('blocked.ts', import.meta.url));
const ttl = 2_000;
const children: Child[] = [];
let folder: TemporaryFolder;

beforeEach(() => {
  folder = temporaryFolder('watchdog');
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
  folder.remove();
});

function blocked(action: 'kill' | 'report', time: number): Child {
  const args = ['--import', 'tsx', program, folder.path, String(ttl), action, String(time)];
  const child = new Child(process.execPath, args);
  children.push(child);
  return child;
}

const says = (child: Child, line: string) =>
  child.until(line, () => child.lines.find((each) => each === line), 20_000);

describe('a process that sleeps through the end of its lease', () => {
  it('is killed before another one leads', async () => {
    const sleeper = blocked('kill', 60_000);
    await says(sleeper, 'blocks');
    const store = localStore({ directory: folder.path, ttl });
    const leadership$ = campaign(store, { key: 'blocked', id: 'successor' });
    await firstValueFrom(leadership$.pipe(filter(({ elected }) => elected)));
    expect(isAlive(sleeper.pid!)).toBe(false);
    expect((await sleeper.exited).signal).toBe('SIGKILL');
    expect(sleeper.log).toContain('slept through the end of its lease, and is killed');
    await store.close();
  }, 30_000);

  it('is reported where that is asked for, and goes on', async () => {
    const sleeper = blocked('report', ttl * 1.5);
    await says(sleeper, 'awake');
    await sleeper.until('a report', () => /slept through .* lease:/.exec(sleeper.log)?.[0]);
    await says(sleeper, 'interrupted');
  }, 30_000);
});

describe('a process that blocks for less than its lease', () => {
  it('is left alone', async () => {
    const sleeper = blocked('kill', ttl / 2);
    await says(sleeper, 'awake');
    expect(sleeper.log).toBe('');
  }, 30_000);
});

it('passes the states on, completes and errors with the source, and unsubscribes from it', () => {
  const joining: Leadership = { elected: false, state: 'joining' };
  const seen: unknown[] = [];
  of(joining)
    .pipe(watchdog())
    .subscribe({ next: (each) => seen.push(each), complete: () => seen.push('|') });
  expect(seen).toEqual([joining, '|']);
  const source$ = new Subject<Leadership>();
  source$.pipe(watchdog()).subscribe({ error: (error: unknown) => seen.push(error) });
  const error = new Error('no');
  source$.error(error);
  expect(seen[2]).toBe(error);
  const other$ = new Subject<Leadership>();
  other$.pipe(watchdog()).subscribe().unsubscribe();
  expect(other$.observed).toBe(false);
  NEVER.pipe(watchdog()).subscribe().unsubscribe();
});

it('refuses options that it cannot keep to', () => {
  expect(() => watchdog({ grace: -1 })).toThrow('grace is -1');
  expect(() => watchdog({ action: 'bark' as 'kill' })).toThrow('action is bark');
});
