import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, NEVER, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  electionsOf,
  leadershipFeed,
  type FeedOptions,
  type LeadershipFeed,
} from '../../feed/index.js';
import { campaign, follow, LeadershipError, onlyLeader, type LeaderView } from '../../index.js';
import { memoryStore, type MemoryStore } from '../../stores/memory/index.js';
import { led, vacant } from '../../testing/index.js';
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

describe('leadershipFeed', () => {
  it('sends all it knows first, then each change, with ids and the headers of a stream', async () => {
    const ann = leads('ann');
    await firstValueFrom(follow(store, 'jobs').pipe(onlyLeader()), { defaultValue: undefined });
    await serve({ heartbeat: 50 });
    const reader = await read();
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    const first = await reader.sees('ann', ({ jobs }) => jobs?.leader?.id === 'ann');
    expect(first['jobs']).toEqual({
      leader: { id: 'ann', data: 'http://ann', token: '1' },
      stale: false,
      since: expect.any(Number),
      atLeast: true,
      queue: [{ id: 'ann', data: 'http://ann', token: '1' }],
    });
    expect(first['mails']).toMatchObject({ leader: null, stale: false, queue: [] });
    ann.unsubscribe();
    await reader.sees('a vacancy', ({ jobs }) => jobs?.leader === null && !jobs.stale);
    await eventually(() => reader.events.some(({ event }) => event === 'heartbeat'));
    const ids = reader.events.flatMap(({ id = '' }) => (id === '' ? [] : [id]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sends nothing anew to a client that comes back and has missed nothing', async () => {
    await serve();
    const first = await read();
    await first.sees('a vacancy', ({ mails }) => mails?.stale === false);
    const { id = '' } = first.events.at(-1)!;
    first.close();
    const again = await read('/events', { 'last-event-id': id });
    await eventually(() => again.events.length > 0);
    expect(again.events.slice(1)).toEqual([{ event: 'heartbeat', data: '' }]);
    leads('ann');
    await again.sees('ann', ({ jobs }) => jobs?.leader?.id === 'ann');
    const late = await read('/events', { 'last-event-id': id });
    await late.sees('ann', ({ jobs }) => jobs?.leader?.id === 'ann');
  });

  it('tells the last hour to who asks for it: terms, vacancies, and times without contact', async () => {
    const view$ = new Subject<LeaderView>();
    await serve({}, { jobs: { view$ } });
    const reader = await read('/events?timeline');
    view$.next(led('ann', 1n));
    view$.next(vacant());
    view$.next({ leader: undefined, stale: true, error: new Error('secret') });
    view$.next(led('bob', 2n));
    const { jobs } = await reader.sees('bob', ({ jobs: now }) => now?.leader?.id === 'bob');
    expect(jobs?.timeline?.map(({ is, token }) => token ?? is)).toEqual([
      ...['1', 'vacant', 'unknown', '2'],
    ]);
    expect(jobs?.atLeast).toBe(true); // bob may have begun while nobody could see it
    const other = await read();
    const without = await other.sees('bob', ({ jobs: now }) => now?.leader?.id === 'bob');
    expect(without['jobs']).not.toHaveProperty('timeline');
  });

  it('tells who comes late what time it is now, not what it was at the last change', async () => {
    const view$ = new Subject<LeaderView>();
    await serve({}, { jobs: { view$ } });
    view$.next(led('ann', 1n));
    const early = await read();
    await early.sees('ann', ({ jobs }) => jobs?.leader?.id === 'ann');
    const hour = 3_600_000;
    const later = Date.now() + hour;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    const late = await read();
    const { jobs } = await late.sees('ann', ({ jobs: now }) => now?.leader?.id === 'ann');
    vi.restoreAllMocks();
    expect(late.snapshots[0]?.now).toBe(later);
    expect(later - (jobs?.since ?? 0)).toBeGreaterThanOrEqual(hour);
  });

  it('shows the code of an error, never its message, and goes on after it', async () => {
    let subscriptions = 0;
    const failing$ = throwError(() => {
      subscriptions += 1;
      return new LeadershipError('store-unreachable', 'http://secret.example');
    });
    await serve({}, { jobs: { view$: failing$, contenders$: failing$ }, mails: { view$: NEVER } });
    const reader = await read();
    const { jobs } = await reader.sees('the error', (now) => now['jobs']?.error !== undefined);
    expect(jobs).toMatchObject({ leader: null, stale: true, error: 'store-unreachable' });
    expect(JSON.stringify(reader.events)).not.toContain('secret');
    await eventually(() => subscriptions >= 4, { within: 10_000 });
  });

  it('says 503 beyond its number of clients, and lets the next one in when one has left', async () => {
    await serve({ maxClients: 1 });
    const first = await read();
    const refused = await fetch(`${serving.url}/events`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    first.close();
    await eventually(() => feed.clients === 0);
    expect((await read()).response.statusCode).toBe(200);
  });

  /** Changes every few milliseconds, of a size that soon fills the buffers of a connection. */
  function large() {
    const view$ = new Subject<LeaderView>();
    let token = 0n;
    const change = () => view$.next(led('ann', (token += 1n), 'x'.repeat(200_000)));
    const changes = setInterval(change, 12);
    return {
      elections: { jobs: { view$ } },
      stop: () => clearInterval(changes),
      last: () => token,
    };
  }

  it('drops a client that takes nothing for three heartbeats', async () => {
    const { elections, stop } = large();
    await serve({ heartbeat: 100 }, elections);
    const reader = await read();
    await eventually(() => feed.clients === 1);
    reader.response.pause();
    await eventually(() => feed.clients === 0, { within: 20_000 });
    stop();
    reader.response.resume();
    await eventually(() => reader.ended);
  }, 30_000);

  it('leaves out for a slow client what is not the newest any more', async () => {
    const { elections, stop, last } = large();
    await serve({}, elections);
    const reader = await read();
    reader.response.pause();
    await eventually(() => last() > 150n, { within: 20_000 });
    stop();
    reader.response.resume();
    const newest = String(last());
    await reader.sees('the newest', ({ jobs }) => jobs?.leader?.token === newest);
    expect(reader.snapshots.length).toBeLessThan(100);
  }, 30_000);

  it('ends its streams and lets the server close', async () => {
    await serve();
    const reader = await read();
    await eventually(() => feed.clients === 1);
    serving.server.close();
    feed.close();
    feed.close();
    await once(serving.server, 'close');
    await eventually(() => reader.ended);
    await serving.listen();
    expect((await fetch(`${serving.url}/events`)).status).toBe(503);
  });

  it('asks authorize, and tells nothing of what it throws', async () => {
    await serve({
      authorize: async ({ headers }) => {
        await Promise.resolve();
        if (headers['x-user'] === 'broken') throw new Error('secret');
        return headers['x-user'] === 'ann';
      },
    });
    expect((await fetch(`${serving.url}/events`)).status).toBe(403);
    expect((await read('/events', { 'x-user': 'ann' })).response.statusCode).toBe(200);
    const failed = await fetch(`${serving.url}/events`, { headers: { 'x-user': 'broken' } });
    expect([failed.status, await failed.text()]).toEqual([500, '{"error":"failed"}\n']);
  });

  it('lets pages of other origins read it only when they are named', async () => {
    await serve();
    const origin = 'https://app.example';
    const none = await read('/events', { origin });
    expect(none.response.headers['access-control-allow-origin']).toBeUndefined();
    feed.close();
    await serving.close();
    await serve({ cors: [origin] });
    expect((await read('/events', { origin })).response.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    const other = await read('/events', { origin: 'https://evil.example' });
    expect(other.response.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('answers below its path, to GET, HEAD and OPTIONS, and to nothing else', async () => {
    await serve({ path: '/leadership/' });
    const status = async (method: string, path: string) =>
      (await fetch(serving.url + path, { method })).status;
    expect(await status('HEAD', '/leadership/events')).toBe(200);
    expect(await status('OPTIONS', '/leadership/events')).toBe(200);
    expect(await status('POST', '/leadership/events')).toBe(405);
    for (const path of ['/', '/events', '/leadership', '/leadershipevents', '/leadership/x'])
      expect(await status('GET', path), path).toBe(404);
    const { response } = await read('/leadership', { accept: 'text/event-stream' });
    expect(response.headers['content-type']).toContain('text/event-stream');
  });

  it('lives through a client that leaves in the middle of its request', async () => {
    let asked = 0;
    const authorize = async () => {
      asked += 1;
      await sleep(50);
      return true;
    };
    await serve({ authorize });
    const socket = connect(Number(new URL(serving.url).port), '127.0.0.1');
    socket.write('GET /events HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => asked === 1);
    socket.destroy();
    await read();
    await eventually(() => feed.clients === 1);
  });

  it('refuses at the call what cannot work', () => {
    const cases: readonly (readonly [FeedOptions, string])[] = [
      [{ heartbeat: 0 }, 'heartbeat'],
      [{ maxClients: 0 }, 'maxClients'],
      [{ path: 'leadership' }, 'path'],
      [{ stepDown: () => NEVER }, 'authorize'],
    ];
    for (const [options, message] of cases)
      expect(() => leadershipFeed({}, options)).toThrow(message);
  });
});
