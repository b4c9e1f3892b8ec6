// Who leads, live for browsers: a feed of server-sent events, and a page that shows it.
import { EventSource } from 'eventsource';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { campaign, followFeed, onlyLeader } from 'rx-leadership';
import { electionsOf, leadershipFeed } from 'rx-leadership/feed';
import { memoryStore } from 'rx-leadership/stores/memory';
import { leaderLine } from './feed-browser.js';

const store = memoryStore(); // in production: openStore('etcd://…')
campaign(store, { key: 'service/jobs/leader', id: 'ann' }).subscribe();

// #region feed
const feed = leadershipFeed(electionsOf(store, ['service/jobs/leader', 'service/mails/leader']), {
  path: '/leadership',
  dashboard: true,
});
const server = createServer((request, response) => {
  if (request.url?.startsWith('/leadership')) feed(request, response);
  else response.writeHead(404).end();
});
// #endregion
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as AddressInfo;

// A program follows it as a page does.
const url = `http://127.0.0.1:${port}/leadership/events`;
const view$ = followFeed(url, 'service/jobs/leader', { EventSource });
const leader = await firstValueFrom(view$.pipe(onlyLeader()), { defaultValue: undefined });
console.log(`the feed says: ${leader?.id} leads with token ${leader?.token}`);
const line$ = leaderLine(url, { EventSource });
console.log(`a page shows: ${await firstValueFrom(line$, { defaultValue: '' })}`);
const page = await fetch(`http://127.0.0.1:${port}/leadership/`);
console.log(`the page: ${page.headers.get('content-type')}`);

// #region close
feed.close(); // ends its streams, for which the server would wait
server.close();
await store.close();
// #endregion
server.closeAllConnections(); // `fetch` keeps some open
