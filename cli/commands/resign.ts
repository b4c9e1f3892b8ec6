import type { Command } from 'commander';
import { createInterface } from 'node:readline/promises';
import { askToStepDown } from '../../operators/step-down.js';
import { parseDuration } from '../durations.js';
import { CommandError, exitCodes, usageError } from '../exit-codes.js';
import { certainView, firstAnswer, patience } from '../first-answer.js';
import { parseKey, storeOption, type StoreOption } from '../options.js';
import { say } from '../output.js';
import { describeLeader } from '../records.js';
import { storeUrl, withStore } from '../store.js';

interface ResignOptions extends StoreOption {
  readonly yes?: true;
  readonly timeout: number;
}

export function resign(program: Command): void {
  program
    .command('resign')
    .summary('ask the present leader to step down')
    .description(
      'Asks the present leader to step down, and waits until it has. It ends its term in order, so no two lead, on every store alike. A leader that does not listen goes on: those of this command listen, a program does with `resignWhen` and `stepDownRequests`.',
    )
    .argument('<key>', 'the election', parseKey)
    .addOption(storeOption())
    .option('-y, --yes', 'do not ask back')
    .option('--timeout <duration>', 'for how long to wait', parseDuration, 30_000)
    .action((key: string, { store: url, yes, timeout: limit }: ResignOptions) =>
      withStore(storeUrl(url), async (store) => {
        const { leader } = await certainView(store, key, () => true, patience);
        if (leader === undefined)
          throw new CommandError(exitCodes.vacant, `nobody leads ${key}: there is nobody to ask`);
        if (yes !== true)
          await confirm(`${describeLeader(leader)} leads ${key}. Ask it to step down?`);
        const late = () => new CommandError(exitCodes.notElected, inVain(store.name, key));
        const asked$ = askToStepDown(store, key, `operator-${String(process.pid)}`);
        const before = await firstAnswer(asked$, limit, late);
        say(`${describeLeader(before)} has stepped down`);
      }),
    );
}

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw usageError('without a terminal to ask back, say --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError(exitCodes.done, 'nothing was asked');
}

/** By force only with the store's own tools: then two may lead for a moment, and tokens must guard. */
const byForce: Readonly<Record<string, string>> = {
  etcd: 'etcdctl del of its key (the oldest below the key)',
  consul: 'consul kv delete of the key',
  zookeeper: 'deleteall of its node (the lowest below the key)',
  local: 'end its process',
};

function inVain(store: string, key: string): string {
  const force = byForce[store] ?? 'the tools of the store';
  return `the leader of ${key} did not step down in time: it may not listen. By force: ${force}; its work may go on for a moment beside that of the next one`;
}
