import { Command, CommanderError } from 'commander';
import { candidates } from './commands/candidates.js';
import { elect } from './commands/elect.js';
import { followCommand } from './commands/follow.js';
import { leaderCommand } from './commands/leader.js';
import { resign } from './commands/resign.js';
import { run } from './commands/run.js';
import { serve } from './commands/serve.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { messageOf, say } from './output.js';
import { version } from './version.js';

/** All commands: what they are called by, and what they say of themselves. */
export function makeProgram(): Command {
  const program = new Command('rx-leadership')
    .description('Leader election for any program with a shell.')
    .version(version())
    .enablePositionalOptions()
    .exitOverride();
  for (const add of [run, elect, followCommand, leaderCommand, candidates, resign, serve])
    add(program);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/** Runs what the arguments say, and sets the exit code. Never rejects. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    await makeProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = told(error);
  }
}

function told(error: unknown): number {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage; // it has told
  const code = exitCodeOf(error);
  if (code === undefined) throw error; // a bug of ours: with its stack
  say(messageOf(error));
  return code;
}
