import type { Command } from 'commander';
import { lastValueFrom, takeUntil, tap } from 'rxjs';
import { follow } from '../../lib/follow.js';
import { isHopeless, jsonOption, parseKey, storeOption, type StoreOption } from '../options.js';
import { messageOf, print, say } from '../output.js';
import { describeView, viewLine } from '../records.js';
import { leave$ } from '../signals.js';
import { storeUrl, withStore } from '../store.js';

export function followCommand(program: Command): void {
  program
    .command('follow')
    .summary('print who leads, and each change')
    .description('Prints who leads now, then each change, without being a candidate.')
    .argument('<key>', 'the election', parseKey)
    .addOption(storeOption())
    .addOption(jsonOption())
    .action((key: string, { store: url, json }: StoreOption & { readonly json?: true }) =>
      withStore(storeUrl(url), async (store) => {
        const view$ = follow(store, key, { retry: { giveUp: isHopeless } }).pipe(
          tap((view) => {
            if (view.error !== undefined) say(messageOf(view.error));
            print(json ? viewLine(key, view) : describeView(view));
          }),
          takeUntil(leave$),
        );
        await lastValueFrom(view$, { defaultValue: undefined });
      }),
    );
}
