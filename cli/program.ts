import { Command, CommanderError } from 'commander';
import { candidates } from './commands/candidates.js';
import { completion } from './commands/completion.js';
import { dashboard } from './commands/dashboard.js';
import { demo } from './commands/demo.js';
import { doctor } from './commands/doctor.js';
import { elect } from './commands/elect.js';
import { followCommand } from './commands/follow.js';
import { leaderCommand } from './commands/leader.js';
import { resign } from './commands/resign.js';
import { run } from './commands/run.js';
import { serve } from './commands/serve.js';
import { helpOfExamples } from './examples.js';
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
  for (const add of [
    run,
    elect,
    followCommand,
    leaderCommand,
    candidates,
    resign,
    serve,
    dashboard,
    doctor,
    demo,
    completion,
  ])
    add(program);
  for (const command of program.commands)
    command.addHelpText('after', helpOfExamples(command.name()));
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({
      outputError: (text, write) => {
        write(hideCredentials(text));
      },
    });
  return program;
}

/** Runs what the arguments say, and sets the exit code. Never rejects. */
export async function runProgram(args: readonly string[]): Promise<void> {
  process.stdout.on('error', readerLeft);
  try {
    await makeProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = told(error);
  }
}

/** Nobody reads any more, as in `rx-leadership follow nightly | head -1`: leave in order. */
function readerLeft(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.kill(process.pid, 'SIGTERM');
  else throw error;
}

/** A mistyped option is repeated to its user, and may hold the URL of a store. */
function hideCredentials(text: string): string {
  return text.replace(/\/\/[^\s/]*@/gu, '//***@');
}

function told(error: unknown): number {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage; // it has told
  const code = exitCodeOf(error);
  if (code === undefined) throw error; // a bug of ours: with its stack
  say(messageOf(error));
  return code;
}
