import type { Command } from 'commander';
import { parseDuration } from '../durations.js';
import { exitCodes } from '../exit-codes.js';
import { certainView, patience } from '../first-answer.js';
import { jsonOption, parseKey, storeOption, type StoreOption } from '../options.js';
import { print } from '../output.js';
import { viewLine } from '../records.js';
import { storeUrl, withStore } from '../store.js';

interface LeaderOptions extends StoreOption {
  readonly json?: true;
  readonly wait?: true;
  readonly timeout?: number;
}

export function leaderCommand(program: Command): void {
  program
    .command('leader')
    .summary('print the id of the present leader, once')
    .description('Prints the id of the present leader; exits with 1 when nobody leads.')
    .argument('<key>', 'the election', parseKey)
    .addOption(storeOption())
    .addOption(jsonOption())
    .option('--wait', 'until somebody leads')
    .option(
      '--timeout <duration>',
      'for how long (default: 5s; with --wait no limit)',
      parseDuration,
    )
    .action((key: string, { store: url, json, wait, timeout }: LeaderOptions) =>
      withStore(storeUrl(url), async (store) => {
        const limit = timeout ?? (wait === true ? undefined : patience);
        const wanted = ({ leader }: { leader: unknown }) => wait !== true || leader !== undefined;
        const view = await certainView(store, key, wanted, limit);
        if (json) print(viewLine(key, view));
        else if (view.leader !== undefined) print(view.leader.id);
        if (view.leader === undefined) process.exitCode = exitCodes.vacant;
      }),
    );
}
