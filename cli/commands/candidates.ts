import type { Command } from 'commander';
import { parseDuration } from '../durations.js';
import { firstAnswer, noAnswer, patience } from '../first-answer.js';
import { jsonOption, parseKey, storeOption, type StoreOption } from '../options.js';
import { print } from '../output.js';
import { describeLeader } from '../records.js';
import { storeUrl, withStore } from '../store.js';

interface CandidatesOptions extends StoreOption {
  readonly json?: true;
  readonly timeout: number;
}

export function candidates(program: Command): void {
  program
    .command('candidates')
    .summary('print the queue, the leader first')
    .description(
      'Prints everyone in the queue, the leader first. Consul keeps no queue: there only who has announced itself, in the order of that.',
    )
    .argument('<key>', 'the election', parseKey)
    .addOption(storeOption())
    .addOption(jsonOption())
    .option('--timeout <duration>', 'for how long to wait for the store', parseDuration, patience)
    .action((key: string, { store: url, json, timeout: limit }: CandidatesOptions) =>
      withStore(storeUrl(url), async (store) => {
        const queue = await firstAnswer(store.contenders(key), limit, noAnswer);
        for (const each of queue) print(json ? JSON.stringify(each) : describeLeader(each));
      }),
    );
}
