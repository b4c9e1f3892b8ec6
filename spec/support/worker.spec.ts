import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Child } from './child.js';
import { eventually } from './eventually.js';
import { Worker } from './worker.js';

type Event = { readonly started: readonly string[] } | { readonly echo: unknown };

/** Not so a zombie: whether pid 1 reaps orphans is another matter. */
function isAlive(pid: string): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !readFileSync(status, 'utf8').includes('State:\tZ');
}

describe('Worker', () => {
  let worker: Worker<Event>;
  const start = () =>
    (worker = new Worker<Event>(new URL('./workers/echo.ts', import.meta.url), ['a', 'b']));

  afterEach(() => worker.sigkill());

  it('runs a TypeScript program, collects its events and gives it commands', async () => {
    start();
    expect(await worker.until((event) => 'started' in event)).toEqual({ started: ['a', 'b'] });
    worker.send({ n: 1 });
    worker.send({ n: 2 });
    await worker.until((event) => 'echo' in event && JSON.stringify(event.echo) === '{"n":2}');
    expect(worker.events).toEqual([
      { started: ['a', 'b'] },
      { echo: { n: 1 } },
      { echo: { n: 2 } },
    ]);
  });

  it('finds the first event from a number on', async () => {
    start();
    worker.send('one');
    await worker.until((event) => 'echo' in event);
    const { length } = worker.events;
    worker.send('two');
    expect(await worker.until((event) => 'echo' in event, 5_000, length)).toEqual({ echo: 'two' });
  });

  it('is stopped, continued and killed', async () => {
    start();
    await worker.until((event) => 'started' in event);
    expect(worker.exitCode).toBeUndefined();
    worker.sigstop();
    worker.send('while stopped');
    await sleep(100);
    expect(worker.events).toHaveLength(1);
    worker.sigcont();
    await worker.until((event) => 'echo' in event);
    worker.sigstop();
    expect(await worker.sigkill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(worker.exitCode).toBeNull();
  });

  it('says in the message why an event does not come', async () => {
    start();
    await worker.until((event) => 'started' in event);
    await expect(worker.until((event) => 'echo' in event, 50)).rejects.toThrow(/not within 50 ms/);
    worker.send('fail');
    await expect(worker.until((event) => 'echo' in event)).rejects.toThrow(/as told/);
    expect(worker.exitCode).toBe(1);
  });
});

describe('Child', () => {
  it('is gone when the process that started it is killed', async () => {
    const parent = new Child(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      `import { Child } from ${JSON.stringify(new URL('./child.ts', import.meta.url).href)};
       console.log(new Child('sleep', ['60']).pid);
       setInterval(() => undefined, 1_000);`,
    ]);
    const pid = await parent.until('the pid of the child', () => parent.lines[0]);
    await eventually(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep'));
    await parent.kill();
    await eventually(() => !isAlive(pid));
  });
});

describe('eventually', () => {
  it('returns what the check returned in the end', async () => {
    let looks = 0;
    const check = () => {
      looks += 1;
      if (looks === 1) throw new Error('not yet');
      return looks > 2 && looks;
    };
    expect(await eventually(check, { every: 1 })).toBe(3);
  });

  it('says what did not happen, and why not', async () => {
    const throws = () => expect(1).toBe(2);
    const options = { what: 'one is two', within: 10, every: 1 };
    await expect(eventually(throws, options)).rejects.toThrow(
      /one is two: not within 10 ms; the last look threw .*expected 1 to be 2/,
    );
    await expect(eventually(() => false, options)).rejects.toThrow(/returned false/);
  });
});
