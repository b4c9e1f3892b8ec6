import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { completions, shells } from '../../cli/completions.js';
import { parseDuration } from '../../cli/durations.js';
import { examples } from '../../cli/examples.js';
import { exitCodes } from '../../cli/exit-codes.js';
import { hasColour } from '../../cli/output.js';
import { makeProgram } from '../../cli/program.js';
import { storeUrl } from '../../cli/store.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/cli.md`, 'utf8');
const { commands } = makeProgram();

it('docs/cli.md is what the definitions make of it', () => {
  const args = ['--import', 'tsx', 'scripts/cli-page.mjs', '--check'];
  expect(() => execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' })).not.toThrow();
});

it('docs/cli.md has each exit code', () => {
  const { done: _none, ...told } = exitCodes;
  for (const code of Object.values(told))
    expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, 'mu'));
});

it('each command has a summary, examples of itself, and options that say what they do', () => {
  for (const command of commands) {
    expect(command.summary()).not.toBe('');
    const own = examples[command.name()] ?? [];
    expect(own.join(), command.name()).toContain(command.name());
    for (const { flags, description } of command.options) expect(description, flags).not.toBe('');
  }
  expect(Object.keys(examples).sort()).toEqual(commands.map((each) => each.name()).sort());
});

it.each(shells)('the completions for %s have each command and each of its options', (shell) => {
  const script = completions(makeProgram(), shell);
  for (const command of commands) {
    expect(script).toContain(command.name());
    for (const { long } of command.options)
      expect(script).toContain(shell === 'fish' ? `-l ${(long ?? '').slice(2)}` : long);
  }
});

it('bash completes commands, and the options of the one that is there', () => {
  const script = `${completions(makeProgram(), 'bash')}
    complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _rx_leadership; echo "\${COMPREPLY[@]}"; }
    complete_words rx-leadership el
    complete_words rx-leadership run nightly --gr
    complete_words rx-leadership run nightly -- --gr`;
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('elect\n--grace\n\n');
});

it('reads durations', () => {
  expect(['1500', '1500ms', '1.5s', '2m', '1h'].map(parseDuration)).toEqual([
    ...[1_500, 1_500, 1_500, 120_000, 3_600_000],
  ]);
  expect(() => parseDuration('soon')).toThrow('Write a duration');
});

it('takes the store that is named, else that of the environment, else that of this user', () => {
  const env = { RX_LEADERSHIP_STORE: 'etcd://h', HOME: '/elsewhere', XDG_STATE_HOME: '/elsewhere' };
  expect(storeUrl('memory://x', env)).toBe('memory://x');
  expect(storeUrl(undefined, env)).toBe('etcd://h');
  const fallback = storeUrl(undefined, { ...env, RX_LEADERSHIP_STORE: '' });
  expect(fallback).toContain(userInfo().homedir);
});

it('shows colours on a terminal only, and not to who has said no', () => {
  const stream = (isTTY: boolean) =>
    Object.assign(Object.create(WriteStream.prototype) as WriteStream, { isTTY });
  const terminal = stream(true);
  const { NO_COLOR: before, TERM } = process.env;
  delete process.env['NO_COLOR'];
  process.env['TERM'] = 'xterm';
  expect(hasColour(terminal)).toBe(true);
  expect(hasColour(stream(false))).toBe(false);
  process.env['NO_COLOR'] = '1';
  expect(hasColour(terminal)).toBe(false);
  Object.assign(process.env, { NO_COLOR: before ?? '', TERM: TERM ?? '' });
});
