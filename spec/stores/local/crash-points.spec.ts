import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaign } from '../../../lib/index.js';
import { localStore } from '../../../stores/local/index.js';
import { program } from '../../faults/program.js';
import { Child } from '../../support/child.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

const ttl = 2_000;
/** So many processes at a time. */
const hands = 4;
let folder: TemporaryFolder;
let worker = '';
let directories = 0;

beforeAll(async () => {
  folder = temporaryFolder('crash-points');
  worker = await program(new URL('./step-worker.ts', import.meta.url));
});
afterAll(() => folder.remove());

function newDirectory(): string {
  return join(folder.path, `directory-${(directories += 1)}`);
}

interface Life {
  readonly directory: string;
  readonly tokens: readonly bigint[];
  /** What it did before it died. */
  readonly steps: readonly string[];
  /** That it did not. */
  readonly isDone: boolean;
}

/** A candidate that is killed after so many steps. */
async function live(directory: string, steps: number): Promise<Life> {
  const mortal = new Child(process.execPath, [worker, directory, String(steps)]);
  const { signal } = await mortal.exited;
  const { lines } = mortal;
  const isDone = lines.includes('done');
  expect({ signal, log: mortal.log }).toEqual({ signal: isDone ? null : 'SIGKILL', log: '' });
  return {
    directory,
    tokens: lines.flatMap((line) => (/^token (\d+)$/.exec(line) ?? []).slice(1).map(BigInt)),
    steps: lines.filter((line) => line !== 'done' && !line.startsWith('token')),
    isDone,
  };
}

/** Another candidate leads, soon and with a larger token; and cleans up. */
async function isFollowed({ directory, tokens, steps }: Life): Promise<void> {
  const store = localStore({ directory, ttl });
  const begun = performance.now();
  const leadership$ = campaign(store, { key: 'steps', id: 'successor' });
  const { term } = await firstValueFrom(leadership$.pipe(filter((each) => each.elected)));
  const took = performance.now() - begun;
  await store.close();
  const last = tokens.at(-1) ?? 0n;
  const left = (path: string) => readdirSync(join(directory, path));
  expect({
    after: steps,
    isSoon: took < 0.75 * ttl,
    isLarger: term.token > last,
    sessions: left('sessions'),
    claims: left('elections/steps'),
  }).toEqual({
    after: steps,
    isSoon: true,
    isLarger: true,
    sessions: [],
    claims: [`${term.token}.taken`],
  });
}

/** Dies after each of its steps, each time in a directory as `prepare` makes it. */
async function diesAtEachStep(prepare: () => string, whenDone: (life: Life) => boolean) {
  let next = 1;
  let isOver = false;
  const lives: Life[] = [];
  const one = async () => {
    while (!isOver) {
      const life = await live(prepare(), next++);
      lives.push(life);
      await isFollowed(life);
      isOver ||= whenDone(life);
    }
  };
  await Promise.all(Array.from({ length: hands }, one));
  return lives.flatMap(({ steps }) => steps);
}

describe.skipIf(!existsSync('/proc/self/stat'))('a process that dies', () => {
  it('after any step of its life leaves nothing that blocks others, and nothing at all', async () => {
    const steps = await diesAtEachStep(newDirectory, ({ isDone }) => isDone);
    expect(new Set(steps)).toEqual(
      new Set([
        ...['mkdirSync', 'chmodSync', 'half of writeFile', 'writeFile', 'rename', 'rm'],
        ...['half of writeFileSync', 'writeFileSync', 'linkSync', 'unlinkSync', 'rmSync'],
      ]),
    );
  }, 60_000);

  it('after any step of taking over from one that died while it led, the same', async () => {
    const before = newDirectory();
    const { tokens } = await live(before, await stepsUntilItLeads());
    expect(tokens).toEqual([1n]);
    const prepare = () => {
      const directory = newDirectory();
      cpSync(before, directory, { recursive: true, preserveTimestamps: true });
      return directory;
    };
    const steps = await diesAtEachStep(prepare, (life) => life.tokens.length > 0);
    expect(steps).toContain('unlinkSync'); // the claim of the dead one
  }, 60_000);
});

/** And begins to renew. */
async function stepsUntilItLeads(): Promise<number> {
  const { steps } = await live(newDirectory(), 0);
  return steps.indexOf('rename', steps.indexOf('linkSync')) + 1;
}
