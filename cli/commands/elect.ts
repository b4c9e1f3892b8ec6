import type { Command } from 'commander';
import { lastValueFrom, tap } from 'rxjs';
import { describeLeadership } from '../../lib/leadership.js';
import { giveUpAfter } from '../../operators/give-up-after.js';
import { campaigning } from '../campaigning.js';
import { parseDuration } from '../durations.js';
import { type CandidateOptions, jsonOption, parseKey, withCandidateOptions } from '../options.js';
import { print } from '../output.js';
import { leadershipLine } from '../records.js';
import { storeUrl, withStore } from '../store.js';
import { identity } from 'rxjs';

interface ElectOptions extends CandidateOptions {
  readonly json?: true;
  readonly timeout?: number;
}

export function elect(program: Command): void {
  withCandidateOptions(program.command('elect'))
    .summary('stay a candidate, and print each change')
    .description('Runs for election until a signal, and prints each change of where it stands.')
    .argument('<key>', 'the election, for example service/jobs/leader', parseKey)
    .addOption(jsonOption())
    .option('--timeout <duration>', 'leave with 75 when not elected in this time', parseDuration)
    .action((key: string, options: ElectOptions) =>
      withStore(storeUrl(options.store), async (store) => {
        const { json, id, timeout } = options;
        await lastValueFrom(
          campaigning(store, key, options).pipe(
            timeout === undefined ? identity : giveUpAfter(timeout),
            tap((leadership) => {
              print(json ? leadershipLine(key, id, leadership) : describeLeadership(leadership));
            }),
          ),
          { defaultValue: undefined },
        );
      }),
    );
}
