import type { Command } from 'commander';
import { createServer } from 'node:http';
import { lastValueFrom, merge, takeUntil, tap } from 'rxjs';
import { follow } from '../../lib/follow.js';
import { describeLeadership } from '../../lib/leadership.js';
import { campaigning } from '../campaigning.js';
import { listen, type ListenOptions } from '../listening.js';
import { type CandidateOptions, parseKey, parsePort, withCandidateOptions } from '../options.js';
import { say } from '../output.js';
import { SideCar } from '../side-car.js';
import { leave$ } from '../signals.js';
import { storeUrl, withStore } from '../store.js';

type ServeOptions = CandidateOptions & ListenOptions;

export function serve(program: Command): void {
  withCandidateOptions(program.command('serve'))
    .summary('a side-car: who leads, by HTTP')
    .description(
      'Runs for election, and answers by HTTP. GET /leader: 200 when this one leads, else 503. GET /: who leads, as JSON. GET /healthz: 200 while the store is in contact.',
    )
    .argument('<key>', 'the election', parseKey)
    .option('--port <port>', 'where to listen; 0 takes a free one', parsePort, 6_060)
    .option(
      '--host <address>',
      'who may ask: this machine alone, unless said otherwise',
      '127.0.0.1',
    )
    .action((key: string, options: ServeOptions) =>
      withStore(storeUrl(options.store), async (store) => {
        const sideCar = new SideCar();
        const server = createServer((request, response) => sideCar.answer(request, response));
        say(`listening on ${await listen(server, options)}`);
        const leadership$ = campaigning(store, key, options).pipe(
          tap((leadership) => {
            sideCar.leadership = leadership;
            say(describeLeadership(leadership));
          }),
        );
        const view$ = follow(store, key).pipe(
          tap((view) => (sideCar.view = view)),
          takeUntil(leave$),
        );
        try {
          await lastValueFrom(merge(leadership$, view$), { defaultValue: undefined });
        } finally {
          server.close();
          server.closeAllConnections();
        }
      }),
    );
}
