import type { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { lastValueFrom, tap, take } from 'rxjs';
import { electionsOf, leadershipFeed, type FeedElections } from '../../feed/index.js';
import type { LeadershipStore } from '../../lib/contract.js';
import { askToStepDown } from '../../operators/step-down.js';
import { listen, type ListenOptions } from '../listening.js';
import { parseKey, parsePort, storeOption, type StoreOption } from '../options.js';
import { messageOf, say } from '../output.js';
import { leave$ } from '../signals.js';
import { storeUrl, withStore } from '../store.js';

interface DashboardOptions extends StoreOption, ListenOptions {
  readonly stepDown?: true;
}

export function dashboard(program: Command): void {
  program
    .command('dashboard')
    .summary('a page that shows who leads, live')
    .description(
      'Serves a page that shows the elections: who leads each, since when, the queue, and the last hour as far as this command has seen it. Its feed of server-sent events is at `events` below it. With `--step-down` the page can ask a leader to step down; its address then has a secret in it, and whoever knows it may do that.',
    )
    .argument('<key...>', 'the elections', addKey)
    .addOption(storeOption())
    .option('--port <port>', 'where to listen; 0 takes a free one', parsePort, 6_061)
    .option(
      '--host <address>',
      'who may look: this machine alone, unless said otherwise',
      '127.0.0.1',
    )
    .option('--step-down', 'let the page ask a leader to step down')
    .action((keys: readonly string[], { store: url, ...options }: DashboardOptions) =>
      withStore(storeUrl(url), (store) => show(store, keys, options)),
    );
}

async function show(store: LeadershipStore, keys: readonly string[], options: DashboardOptions) {
  // Other users of this machine reach the port too: so they would have to know the path.
  const path = options.stepDown ? `/${randomBytes(16).toString('base64url')}` : '/';
  const feed = leadershipFeed(toldElections(store, keys), {
    path,
    dashboard: true,
    authorize: ({ headers }) => isAskedFor(headers, options.host),
    ...(options.stepDown && {
      stepDown: (key) => askToStepDown(store, key, `dashboard-${String(process.pid)}`),
    }),
  });
  const server = createServer(feed);
  try {
    const url = await listen(server, options);
    say(`open ${url}${path === '/' ? '' : path}/`);
    await lastValueFrom(leave$.pipe(take(1)), { defaultValue: undefined });
  } finally {
    feed.close();
    server.close();
    server.closeAllConnections();
  }
}

/** What the page shows as a code only is said here in whole. */
function toldElections(store: LeadershipStore, keys: readonly string[]): FeedElections {
  const told = Object.entries(electionsOf(store, keys)).map(([key, election]) => {
    const view$ = election.view$.pipe(
      tap(({ error }) => {
        if (error !== undefined) say(`${key}: ${messageOf(error)}`);
      }),
    );
    return [key, { ...election, view$ }] as const;
  });
  return Object.fromEntries(told);
}

/**
 * A page of another site may have its name resolve to this machine, and then counts as the same site
 * for browsers. They still say by which name they came.
 */
function isAskedFor({ host = '' }: IncomingMessage['headers'], listeningOn: string): boolean {
  const name = host.replace(/:\d+$/u, '').replace(/^\[|\]$/gu, '');
  return isIP(name) !== 0 || name === 'localhost' || name === listeningOn;
}

function addKey(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseKey(text)];
}
