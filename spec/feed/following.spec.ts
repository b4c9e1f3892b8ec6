import { EventSource } from 'eventsource';
import { filter, firstValueFrom, map, takeWhile, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  electionsOf,
  leadershipFeed,
  type FeedOptions,
  type LeadershipFeed,
} from '../../feed/index.js';
import { campaign, followFeed, type LeaderView } from '../../index.js';
import { memoryStore, type MemoryStore } from '../../stores/memory/index.js';
import { eventually } from '../support/eventually.js';
import { Reader, Serving } from './serving.js';

let store: MemoryStore;
let feed: LeadershipFeed;
let serving: Serving;
const readers: Reader[] = [];

beforeEach(() => {
  store = memoryStore();
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  feed.close();
  await serving.close();
  await store.close();
});

async function serve(options: FeedOptions = {}, elections = electionsOf(store, ['jobs', 'mails'])) {
  feed = leadershipFeed(elections, options);
  serving = await new Serving(feed).listen();
}

async function read(path = '/events', headers: Record<string, string> = {}): Promise<Reader> {
  const reader = await Reader.open(serving.url + path, headers);
  readers.push(reader);
  return reader;
}

const leads = (id: string) =>
  campaign(store, { key: 'jobs', id, data: `http://${id}` }).subscribe();

describe('followFeed on a real feed', () => {
  it('sees what follow sees, and the loss of the server, and its return', async () => {
    await serve({ heartbeat: 100 });
    const port = Number(new URL(serving.url).port);
    const views: LeaderView[] = [];
    const view$ = followFeed(`${serving.url}/events`, 'jobs', { EventSource });
    const subscription = view$.subscribe((view) => views.push(view));
    const last = () => views.at(-1);
    const ann = leads('ann');
    await eventually(() => last()?.leader?.id === 'ann' && last()?.stale === false);
    expect(last()?.leader).toMatchObject({ token: 1n, data: 'http://ann' });

    feed.close();
    await serving.close();
    await eventually(() => last()?.stale);
    expect(last()).toMatchObject({ leader: { id: 'ann' }, error: { code: 'store-unreachable' } });

    feed = leadershipFeed(electionsOf(store, ['jobs']));
    serving = new Serving(feed);
    serving.server.listen(port, '127.0.0.1');
    await eventually(() => last()?.stale === false, { within: 20_000 });
    ann.unsubscribe();
    await eventually(() => last()?.leader === undefined && last()?.stale === false);
    subscription.unsubscribe();
    await eventually(() => feed.clients === 0);
  });

  it('comes back after a refusal, which an EventSource does not', async () => {
    await serve({ maxClients: 1 });
    const first = await read();
    const view$ = followFeed(`${serving.url}/events`, 'jobs', { EventSource });
    const fresh = view$.pipe(
      map(({ stale }) => stale),
      takeWhile((stale) => stale, true),
      filter((stale, index) => index === 0 || !stale),
      toArray(),
    );
    const seen = firstValueFrom(fresh);
    await eventually(() => feed.clients === 1);
    setTimeout(() => first.close(), 200);
    expect(await seen).toEqual([true, false]);
  });
});
