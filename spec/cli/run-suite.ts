import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { CommandLine, Diary, done, type Installation } from './command-line.js';

/** What `run` promises, on a store whose ttl is 2 s. */
export function runSuite(installation: () => Installation, store: () => string): void {
  let line: CommandLine;
  let diary: Diary;
  const run = (id: string, command: readonly string[], ...options: string[]) =>
    line.start(['run', 'nightly', '--id', id, ...options, '--', ...command]);

  beforeEach(() => {
    line = new CommandLine(installation(), store());
    diary = new Diary(line.file('diary'));
  });
  afterEach(() => line.close());

  it('leaves with the code of the command, which knows its term', async () => {
    const script =
      'echo "$LEADERSHIP_KEY $LEADERSHIP_ID $LEADERSHIP_TOKEN $LEADERSHIP_DEADLINE"; exit 7';
    const { code, out } = await done(run('ann', ['sh', '-c', script]));
    expect(code).toBe(7);
    expect(out).toEqual([expect.stringMatching(/^nightly ann \d+ \d+$/u)]);
  });

  it('SIGTERM: the command is told, ends, and the next one runs at once', async () => {
    const ann = run('ann', diary.ticking('exit 3'));
    await diary.term(1);
    run('bob', diary.ticking());
    await line.queue('nightly', 2);
    ann.signal('SIGTERM');
    expect(await done(ann)).toMatchObject({ code: 3 });
    const left = performance.now();
    await diary.term(2);
    expect(performance.now() - left).toBeLessThan(1_500); // far below the ttl
    expect(diary.overlaps).toEqual([]);
    expect(diary.lines.map(([, word]) => word)).toContain('told');
  });

  it('a command that ignores SIGTERM, and what it has started, are killed after the grace', async () => {
    const ann = run('ann', diary.deaf(), '--grace', '200ms');
    const token = await diary.term(1);
    const group = diary.group;
    expect(token).toBeGreaterThan(0n);
    ann.signal('SIGTERM');
    expect(await done(ann)).toMatchObject({ code: 137 });
    await eventually(() => !isThere(group), { what: 'the group is gone' });
  });

  it('killed itself: the whole group dies with it, and no other runs before that', async () => {
    const ann = run('ann', diary.deaf());
    await diary.term(1);
    const bob = run('bob', diary.ticking());
    await line.queue('nightly', 2);
    const group = diary.group;
    ann.signal('SIGKILL');
    await diary.term(2);
    await eventually(() => !isThere(group), { what: 'the group is gone' });
    const { length } = diary.lines;
    await eventually(() => diary.lines.length > length + 3);
    expect(diary.overlaps).toEqual([]);
    bob.signal('SIGTERM');
    await bob.exited;
  });

  it('stopped for longer than its lease: the command is ended before another one runs', async () => {
    const ann = run('ann', diary.deaf());
    await diary.term(1);
    const bob = run('bob', diary.ticking());
    await line.queue('nightly', 2);
    ann.signal('SIGSTOP');
    await diary.term(2);
    ann.signal('SIGCONT');
    await eventually(() => ann.log.includes('lost the leadership'));
    expect(ann.exit).toBeUndefined(); // waits again
    bob.signal('SIGTERM');
    await bob.exited;
    await diary.term(3);
    expect(diary.overlaps).toEqual([]);
  });

  it('an operator asks the leader to step down: it ends its command, and leaves with 76', async () => {
    const ann = run('ann', diary.ticking(), '--once');
    await diary.term(1);
    run('bob', diary.ticking());
    await line.queue('nightly', 2);
    const asked = await line.finish(['resign', 'nightly', '--yes']);
    expect(asked).toMatchObject({ code: 0, out: [] });
    expect(asked.said).toContain('ann with token');
    const left = await done(ann);
    expect(left).toMatchObject({ code: 76 });
    expect(left.said).toContain('lost the leadership of nightly (resigned)');
    await diary.term(2);
    expect(diary.overlaps).toEqual([]);
  });

  it('not elected in time: 75; a second signal: at once, and the command with it', async () => {
    const ann = run('ann', diary.deaf(), '--grace', '500ms');
    await diary.term(1);
    const late = await done(run('bob', ['true'], '--timeout', '300ms'));
    expect(late).toMatchObject({ code: 75 });
    const group = diary.group;
    ann.signal('SIGTERM');
    await eventually(() => ann.log.includes('ends the command'));
    ann.signal('SIGINT');
    expect((await ann.exited).code).toBe(130);
    await eventually(() => !isThere(group), { what: 'the group is gone' });
  });

  it('--restart: runs it again when it ends, in the same term', async () => {
    const ann = run('ann', ['sh', '-c', 'echo $LEADERSHIP_TOKEN'], '--restart');
    await ann.until('twice', () => ann.lines[1]);
    ann.signal('SIGTERM');
    await ann.exited;
    expect(new Set(ann.lines).size).toBe(1);
  });
}

/** Whether anybody of a process group is left. */
function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

/** What only a store promises that sees the processes of its candidates. */
export function localRunSuite(installation: () => Installation, store: () => string): void {
  it('killed itself, and its guard with it: no other runs while the command still does', async () => {
    const line = new CommandLine(installation(), store());
    const diary = new Diary(line.file('diary'));
    const run = (id: string, command: readonly string[]) =>
      line.start(['run', 'nightly', '--id', id, '--', ...command]);
    const ann = run('ann', diary.deaf());
    await diary.term(1);
    run('bob', diary.ticking());
    await line.queue('nightly', 2);
    const guard = guardOf(ann.pid!);
    process.kill(guard, 'SIGSTOP'); // so that it does nothing, whoever dies first
    ann.signal('SIGKILL');
    process.kill(guard, 'SIGKILL');
    await diary.term(2);
    const { length } = diary.lines;
    await eventually(() => diary.lines.length > length + 3);
    expect(diary.overlaps).toEqual([]);
    await eventually(() => !isThere(diary.group), { what: 'the group is gone' });
    await line.close();
  });
}

function guardOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const guard = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('guard'),
  );
  return Number(guard);
}
