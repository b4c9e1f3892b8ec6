import { setTimeout as sleep } from 'node:timers/promises';
import { filter } from 'rxjs';
import { expect, it } from 'vitest';
import { Candidate } from '../../lib/index.js';
import { memoryStore } from '../../stores/memory/index.js';
import { key, leading, record, shortly, until, world } from './original-world.js';

// The known bugs of the original, and the cases of its tests: see docs/original.md.

it('B1: resign fifty times, and lead again each time', async () => {
  const { candidate, queue } = world();
  const underwood = candidate('underwood').start();
  for (let times = 0; times < 50; times += 1) {
    await leading(underwood);
    await underwood.resign();
  }
  await leading(underwood);
  expect(queue()).toEqual(['underwood']);
  expect(underwood.term?.token).toBe(51n);
});

it('B2: stop while waiting leaves the queue at once', async () => {
  const { candidate, queue } = world();
  const [underwood, durant] = [candidate('underwood').start(), candidate('durant').start()];
  await until(durant.leadership$, ({ state }) => state === 'waiting');
  const { seen } = record(durant.elected$);
  await durant.stop();
  expect(queue()).toEqual(['underwood']);
  await underwood.stop();
  expect(seen).toEqual([false]);
});

it.each(['joining', 'waiting', 'leading', 'resigning', 'cooling-down', 'interrupted'] as const)(
  'B2: stop while %s leaves nothing behind',
  async (state) => {
    const { candidate, server, store, queue } = world();
    const other = candidate('other');
    if (state === 'waiting') await leading(other.start());
    const underwood = candidate('underwood', { cooldown: 60_000, retry: { initial: 1_000 } });
    const stopped = until(underwood.leadership$, (leadership) => leadership.state === state).then(
      () => underwood.stop(),
    );
    underwood.start();
    if (state === 'resigning') await leading(underwood).then(() => underwood.resign());
    if (state === 'cooling-down') await leading(underwood).then(() => underwood.resign());
    if (state === 'interrupted') await leading(underwood).then(() => server.expire(store));
    await stopped;
    await other.stop();
    expect(queue()).toEqual([]);
  },
);

it('B3: a session that the store ended ends the term', async () => {
  const { candidate, server, store } = world();
  const underwood = candidate('underwood').start();
  await leading(underwood);
  const { term } = underwood;
  server.expire(store);
  await until(underwood.elected$, (elected) => !elected);
  expect(term?.isValid()).toBe(false);
});

it('B3: a store that says nothing ends the term too, by its deadline', async () => {
  const { candidate, server, store } = world(shortly);
  const underwood = candidate('underwood').start();
  await leading(underwood);
  const { term } = underwood;
  server.cut(store);
  const over = await until(underwood.leadership$, ({ state }) => state === 'interrupted');
  expect(over).toMatchObject({ ended: { reason: 'expired' } });
  expect(term?.isValid()).toBe(false);
  expect(server.queue(key)).toHaveLength(1); // the server did not know yet
});

it('B4: isLeader is false after stop, from the call on', async () => {
  const { candidate } = world();
  const underwood = candidate('underwood').start();
  await leading(underwood);
  const stopped = underwood.stop();
  expect(underwood.isLeader).toBe(false);
  await stopped;
  expect(underwood.isLeader).toBe(false);
});

it('B5: resign during a loss does not hang', async () => {
  const { candidate, server, store } = world();
  const underwood = candidate('underwood', { retry: { initial: 1 } }).start();
  await leading(underwood);
  server.expire(store); // the news is on its way
  await underwood.resign();
  await leading(underwood);
  const lost = until(underwood.elected$, (elected) => !elected);
  server.deleteClaim(key);
  await Promise.all([underwood.resign(), lost]);
  await leading(underwood);
});

it('B7: whoever is told that it leads, or no longer, finds isLeader to say the same', async () => {
  const { candidate, server } = world();
  const underwood = candidate('underwood', { retry: { initial: 1 } });
  const told: [boolean, boolean][] = [];
  underwood.elected$.subscribe((elected) => told.push([elected, underwood.isLeader]));
  underwood.start();
  await leading(underwood);
  server.deleteClaim(key);
  await until(underwood.elected$, (elected) => !elected);
  await leading(underwood);
  await underwood.stop();
  expect(told.length).toBeGreaterThan(2);
  for (const [elected, isLeader] of told) expect(isLeader).toBe(elected);
});

it('B8: while the key can be seen free, nobody believes in the term any more', async () => {
  const { candidate, queue, open } = world();
  const underwood = candidate('underwood').start();
  await leading(underwood);
  const { term } = underwood;
  const valid: unknown[] = [];
  const vacant$ = open()
    .watch(key)
    .pipe(filter(({ leader }) => leader === undefined));
  const freed = until(vacant$, () => {
    valid.push([term?.isValid(), term?.signal.aborted]);
    return queue().length === 0;
  });
  await leading(underwood);
  await underwood.stop();
  await freed;
  expect(valid).toEqual([[false, true]]);
});

it('B10: a store closes what it opened, after errors too', async () => {
  const { server, store, candidate } = world(shortly);
  const underwood = candidate('underwood', { retry: { initial: 1 } }).start();
  await leading(underwood);
  server.expire(store);
  await until(underwood.elected$, (elected) => !elected);
  await leading(underwood);
  const lost = server.loseReplies(store, 'release');
  const stopped = underwood.stop();
  await sleep(50);
  lost();
  await stopped;
  await store.close();
  expect([server.sessions(), server.queue(key)]).toEqual([[], []]);
});

it('test: false first, then true; after a loss and a resignation the same again', async () => {
  const { candidate, server } = world();
  const underwood = candidate('underwood', { retry: { initial: 1 } });
  const { seen } = record(underwood.elected$);
  await leading(underwood.start());
  expect(underwood.isLeader).toBe(true);
  server.deleteClaim(key);
  await until(underwood.elected$, (elected) => !elected);
  await leading(underwood);
  await underwood.resign();
  await leading(underwood);
  expect(seen).toEqual([false, true, false, true, false, true]);
});

it('test: the stream ends within a second of stop', async () => {
  const store = memoryStore();
  const underwood = new Candidate(store, key, 'underwood').start();
  const { end } = record(underwood.elected$);
  await leading(underwood);
  void underwood.stop();
  await expect.poll(() => end.how, { timeout: 1_000 }).toBe('complete');
  await store.close();
});

it('C8: stop again, before, during and after, is harmless', async () => {
  const { candidate, queue } = world();
  const underwood = candidate('underwood');
  await underwood.stop();
  await leading(underwood.start());
  await Promise.all([underwood.stop(), underwood.stop()]);
  await underwood.stop();
  expect(queue()).toEqual([]);
});
