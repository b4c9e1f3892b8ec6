import { Argument, type Command } from 'commander';
import { completions, shells, type Shell } from '../completions.js';
import { print } from '../output.js';

export function completion(program: Command): void {
  program
    .command('completion')
    .summary('print what a shell needs to complete this command')
    .description('Prints a script for a shell, which completes commands and options.')
    .addArgument(new Argument('<shell>', 'which one').choices(shells))
    .action((shell: Shell) => print(completions(program, shell)));
}
