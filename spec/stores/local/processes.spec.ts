import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Child } from '../../support/child.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

const file = fileURLToPath(new URL('candidate.ts', import.meta.url));
const ttl = 2_000;
const candidates: Child[] = [];
let folder: TemporaryFolder;

beforeEach(() => {
  folder = temporaryFolder('local');
});
afterEach(async () => {
  await Promise.all(candidates.splice(0).map((each) => each.kill()));
  folder.remove();
});

function enter(): Child {
  const url = `file://${folder.path}/shared?ttl=${ttl}`;
  const args = ['--import', 'tsx', file, url, `candidate-${candidates.length}`];
  const candidate = new Child(process.execPath, args);
  candidates.push(candidate);
  return candidate;
}

const says = (candidate: Child, state: string) =>
  candidate.until(state, () => candidate.lines.find((line) => line === state));

/** The token of its first term, and when it began, in milliseconds of the machine's clock. */
async function elected(candidate: Child) {
  const line = await candidate.until('elected', () =>
    candidate.lines.find((told) => /^\d/.test(told)),
  );
  const [token = '', at = ''] = line.split(' ');
  return { token: BigInt(token), at: Number(at) / 1e6 };
}

async function inTheQueue(count: number): Promise<Child[]> {
  const queue = [enter()];
  await elected(queue[0]!);
  while (queue.length < count) {
    const next = enter();
    await says(next, 'waiting');
    queue.push(next);
  }
  return queue;
}

const now = () => Number(process.hrtime.bigint()) / 1e6;

it('each leader is killed, and the next in the queue leads long before the lease is over', async () => {
  const queue = await inTheQueue(5);
  const tokens = [(await elected(queue[0]!)).token];
  for (const [n, next] of queue.slice(1).entries()) {
    const killed = now();
    await queue[n]!.kill();
    const { token, at } = await elected(next);
    expect(at - killed).toBeLessThan(ttl / 4);
    tokens.push(token);
  }
  expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
  expect(new Set(tokens).size).toBe(5);
}, 60_000);

it('a leader that is stopped keeps its lease, not longer, and has lost when it goes on', async () => {
  const [one, two] = await inTheQueue(2);
  const stopped = now();
  one!.signal('SIGSTOP');
  const { at } = await elected(two!);
  expect(at - stopped).toBeGreaterThan((ttl * 3) / 4 - 200);
  expect(at - stopped).toBeLessThan(ttl + 500);
  one!.signal('SIGCONT');
  await says(one!, 'interrupted');
  await one!.until('waiting', () => (one!.lines.at(-1) === 'waiting' ? true : undefined));
  const tokens = two!.lines.flatMap((line) => /^\d+/.exec(line) ?? []);
  expect(new Set(tokens).size).toBe(1); // said again when it was in doubt meanwhile
}, 60_000);
