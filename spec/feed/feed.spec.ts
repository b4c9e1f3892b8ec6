import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, NEVER, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leadershipFeed, type FeedOptions } from '../../feed/index.js';
import { follow, LeadershipError, onlyLeader, type LeaderView } from '../../index.js';
import { led, vacant } from '../../testing/index.js';
import { eventually } from '../support/eventually.js';
import { Bench } from './bench.js';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

describe('leadershipFeed', () => {
  it('sends all it knows first, then each change, with ids and the headers of a stream', async () => {
    const ann = bench.leads('ann');
    await firstValueFrom(follow(bench.store, 'jobs').pipe(onlyLeader()), {
      defaultValue: undefined,
    });
    await bench.serve({ heartbeat: 50 });
    const reader = await bench.read();
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
    await bench.serve();
    const first = await bench.read();
    await first.sees('a vacancy', ({ mails }) => mails?.stale === false);
    const { id = '' } = first.events.at(-1)!;
    first.close();
    const again = await bench.read('/events', { 'last-event-id': id });
    await eventually(() => again.events.length > 0);
    expect(again.events.slice(1)).toEqual([{ event: 'heartbeat', data: '' }]);
    bench.leads('ann');
    await again.sees('ann', ({ jobs }) => jobs?.leader?.id === 'ann');
    const late = await bench.read('/events', { 'last-event-id': id });
    await late.sees('ann', ({ jobs }) => jobs?.leader?.id === 'ann');
  });

  it('tells the last hour to who asks for it: terms, vacancies, and times without contact', async () => {
    const view$ = new Subject<LeaderView>();
    await bench.serve({}, { jobs: { view$ } });
    const reader = await bench.read('/events?timeline');
    view$.next(led('ann', 1n));
    view$.next(vacant());
    view$.next({ leader: undefined, stale: true, error: new Error('secret') });
    view$.next(led('bob', 2n));
    const { jobs } = await reader.sees('bob', ({ jobs: now }) => now?.leader?.id === 'bob');
    expect(jobs?.timeline?.map(({ is, token }) => token ?? is)).toEqual([
      ...['1', 'vacant', 'unknown', '2'],
    ]);
    expect(jobs?.atLeast).toBe(true); // bob may have begun while nobody could see it
    const other = await bench.read();
    const without = await other.sees('bob', ({ jobs: now }) => now?.leader?.id === 'bob');
    expect(without['jobs']).not.toHaveProperty('timeline');
  });

  it('tells who comes late what time it is now, not what it was at the last change', async () => {
    const view$ = new Subject<LeaderView>();
    await bench.serve({}, { jobs: { view$ } });
    view$.next(led('ann', 1n));
    const early = await bench.read();
    await early.sees('ann', ({ jobs }) => jobs?.leader?.id === 'ann');
    const hour = 3_600_000;
    const later = Date.now() + hour;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    const late = await bench.read();
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
    await bench.serve(
      {},
      { jobs: { view$: failing$, contenders$: failing$ }, mails: { view$: NEVER } },
    );
    const reader = await bench.read();
    const { jobs } = await reader.sees('the error', (now) => now['jobs']?.error !== undefined);
    expect(jobs).toMatchObject({ leader: null, stale: true, error: 'store-unreachable' });
    expect(JSON.stringify(reader.events)).not.toContain('secret');
    await eventually(() => subscriptions >= 4, { within: 10_000 });
  });

  it('says 503 beyond its number of clients, and lets the next one in when one has left', async () => {
    await bench.serve({ maxClients: 1 });
    const first = await bench.read();
    const refused = await fetch(`${bench.serving.url}/events`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    first.close();
    await eventually(() => bench.feed.clients === 0);
    expect((await bench.read()).response.statusCode).toBe(200);
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
    await bench.serve({ heartbeat: 100 }, elections);
    const reader = await bench.read();
    await eventually(() => bench.feed.clients === 1);
    reader.response.pause();
    await eventually(() => bench.feed.clients === 0, { within: 20_000 });
    stop();
    reader.response.resume();
    await eventually(() => reader.ended);
  }, 30_000);

  it('leaves out for a slow client what is not the newest any more', async () => {
    const { elections, stop, last } = large();
    await bench.serve({}, elections);
    const reader = await bench.read();
    reader.response.pause();
    await eventually(() => last() > 150n, { within: 20_000 });
    stop();
    reader.response.resume();
    const newest = String(last());
    await reader.sees('the newest', ({ jobs }) => jobs?.leader?.token === newest);
    expect(reader.snapshots.length).toBeLessThan(100);
  }, 30_000);

  it('ends its streams and lets the server close', async () => {
    await bench.serve();
    const reader = await bench.read();
    await eventually(() => bench.feed.clients === 1);
    bench.serving.server.close();
    bench.feed.close();
    bench.feed.close();
    await once(bench.serving.server, 'close');
    await eventually(() => reader.ended);
    await bench.serving.listen();
    expect((await fetch(`${bench.serving.url}/events`)).status).toBe(503);
  });

  it('asks authorize, and tells nothing of what it throws', async () => {
    await bench.serve({
      authorize: async ({ headers }) => {
        await Promise.resolve();
        if (headers['x-user'] === 'broken') throw new Error('secret');
        return headers['x-user'] === 'ann';
      },
    });
    expect((await fetch(`${bench.serving.url}/events`)).status).toBe(403);
    expect((await bench.read('/events', { 'x-user': 'ann' })).response.statusCode).toBe(200);
    const failed = await fetch(`${bench.serving.url}/events`, { headers: { 'x-user': 'broken' } });
    expect([failed.status, await failed.text()]).toEqual([500, '{"error":"failed"}\n']);
  });

  it('lets pages of other origins read it only when they are named', async () => {
    await bench.serve();
    const origin = 'https://app.example';
    const none = await bench.read('/events', { origin });
    expect(none.response.headers['access-control-allow-origin']).toBeUndefined();
    bench.feed.close();
    await bench.serving.close();
    await bench.serve({ cors: [origin] });
    expect((await bench.read('/events', { origin })).response.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    const other = await bench.read('/events', { origin: 'https://evil.example' });
    expect(other.response.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('answers below its path, to GET, HEAD and OPTIONS, and to nothing else', async () => {
    await bench.serve({ path: '/leadership/' });
    const status = async (method: string, path: string) =>
      (await fetch(bench.serving.url + path, { method })).status;
    expect(await status('HEAD', '/leadership/events')).toBe(200);
    expect(await status('OPTIONS', '/leadership/events')).toBe(200);
    expect(await status('POST', '/leadership/events')).toBe(405);
    for (const path of ['/', '/events', '/leadership', '/leadershipevents', '/leadership/x'])
      expect(await status('GET', path), path).toBe(404);
    const { response } = await bench.read('/leadership', { accept: 'text/event-stream' });
    expect(response.headers['content-type']).toContain('text/event-stream');
  });

  it('lives through a client that leaves in the middle of its request', async () => {
    let asked = 0;
    const authorize = async () => {
      asked += 1;
      await sleep(50);
      return true;
    };
    await bench.serve({ authorize });
    const socket = connect(Number(new URL(bench.serving.url).port), '127.0.0.1');
    socket.write('GET /events HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => asked === 1);
    socket.destroy();
    await bench.read();
    await eventually(() => bench.feed.clients === 1);
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
