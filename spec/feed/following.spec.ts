import { EventSource } from 'eventsource';
import { filter, firstValueFrom, map, takeWhile, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { electionsOf, leadershipFeed } from '../../feed/index.js';
import { followFeed, type LeaderView } from '../../index.js';
import { eventually } from '../support/eventually.js';
import { Bench } from './bench.js';
import { Serving } from './serving.js';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

describe('followFeed on a real feed', () => {
  it('sees what follow sees, and the loss of the server, and its return', async () => {
    await bench.serve({ heartbeat: 100 });
    const port = Number(new URL(bench.serving.url).port);
    const views: LeaderView[] = [];
    const view$ = followFeed(`${bench.serving.url}/events`, 'jobs', { EventSource });
    const subscription = view$.subscribe((view) => views.push(view));
    const last = () => views.at(-1);
    const ann = bench.leads('ann');
    await eventually(() => last()?.leader?.id === 'ann' && last()?.stale === false);
    expect(last()?.leader).toMatchObject({ token: 1n, data: 'http://ann' });

    bench.feed.close();
    await bench.serving.close();
    await eventually(() => last()?.stale);
    expect(last()).toMatchObject({ leader: { id: 'ann' }, error: { code: 'store-unreachable' } });

    bench.feed = leadershipFeed(electionsOf(bench.store, ['jobs']));
    bench.serving = new Serving(bench.feed);
    bench.serving.server.listen(port, '127.0.0.1');
    await eventually(() => last()?.stale === false, { within: 20_000 });
    ann.unsubscribe();
    await eventually(() => last()?.leader === undefined && last()?.stale === false);
    subscription.unsubscribe();
    await eventually(() => bench.feed.clients === 0);
  });

  it('comes back after a refusal, which an EventSource does not', async () => {
    await bench.serve({ maxClients: 1 });
    const first = await bench.read();
    const view$ = followFeed(`${bench.serving.url}/events`, 'jobs', { EventSource });
    const fresh = view$.pipe(
      map(({ stale }) => stale),
      takeWhile((stale) => stale, true),
      filter((stale, index) => index === 0 || !stale),
      toArray(),
    );
    const seen = firstValueFrom(fresh);
    await eventually(() => bench.feed.clients === 1);
    setTimeout(() => first.close(), 200);
    expect(await seen).toEqual([true, false]);
  });
});
