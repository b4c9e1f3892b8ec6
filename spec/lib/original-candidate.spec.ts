import { setTimeout as sleep } from 'node:timers/promises';
import { concatMap, NEVER, skip } from 'rxjs';
import { expect, it } from 'vitest';
import { Candidate, isLeadershipError } from '../../lib/index.js';
import { memoryStore } from '../../stores/memory/index.js';
import { key, leading, record, shortly, until, world } from './original-world.js';

// What the original promises of a candidate, and what it does: see docs/original.md.

it('R2: the same words, and bad values are refused at once', () => {
  const { store } = world();
  expect(new Candidate(store, '/service/swarm/leader', 'underwood')).toMatchObject({
    key,
    id: 'underwood',
  });
  expect(() => new Candidate(store, '', 'underwood')).toThrow('[invalid-option] key is ""');
  expect(() => new Candidate(store, key, '')).toThrow('[invalid-option] id is ""');
  expect(() => new Candidate(store, key, 'underwood', { ttl: -1 })).toThrow('ttl is -1');
});

it('R3: a slow subscriber delays neither the others nor the release', async () => {
  const { candidate, queue } = world();
  const underwood = candidate('underwood').start();
  underwood.elected$.pipe(concatMap(() => NEVER)).subscribe(); // never ready for a second value
  await leading(underwood);
  await underwood.stop();
  expect(queue()).toEqual([]);
});

it('R4: the first value is never elected', async () => {
  const { candidate } = world();
  const underwood = candidate('underwood');
  const [elected, states] = [record(underwood.elected$), record(underwood.leadership$)];
  await leading(underwood.start());
  expect(elected.seen).toEqual([false, true]);
  expect(states.seen.map(({ state }) => state)).toEqual(['joining', 'leading']);
});

it('R6: after a loss, a resignation or an error it runs again by itself', async () => {
  const { candidate, server, store } = world();
  const underwood = candidate('underwood', { retry: { initial: 1 } }).start();
  const { seen } = record(underwood.elected$);
  await leading(underwood);
  server.deleteClaim(key);
  await until(underwood.elected$, (elected) => !elected);
  await leading(underwood);
  await underwood.resign();
  await leading(underwood);
  server.expire(store);
  await until(underwood.elected$, (elected) => !elected);
  await leading(underwood);
  expect(seen).toEqual([false, true, false, true, false, true, false, true]);
});

it('R9: retry: false is the original way, an error that ends it', async () => {
  const { server, store, candidate } = world(shortly);
  server.cut(store);
  const underwood = candidate('underwood', { retry: false });
  const { seen, end } = record(underwood.leadership$);
  underwood.start();
  await expect.poll(() => end.how, { timeout: 3_000 }).toBe('error');
  expect(seen.map(({ state }) => state)).toEqual(['joining']);
  expect(isLeadershipError(end.error, 'store-unreachable')).toBe(true);
});

it('R10: a ttl that leaves no room is refused, and says why', () => {
  const { store } = world();
  const tooShort = () => new Candidate(store, key, 'underwood', { ttl: 300 });
  expect(tooShort).toThrow(/ttl is 300, not more than .*margin.*200.*150/u);
});

it('C1: the default ttl is 15 000, and a term begins with that less the margin', async () => {
  const { store, candidate } = world();
  expect(store.timing().ttl).toBe(15_000);
  const underwood = candidate('underwood').start();
  await leading(underwood);
  expect(underwood.term?.remaining()).toBeGreaterThan(13_000);
  expect(underwood.term?.remaining()).toBeLessThanOrEqual(13_500);
});

it('C2: starting twice is one campaign, and so are many subscribers', async () => {
  const { candidate, queue } = world();
  const underwood = candidate('underwood').start();
  const [first, second] = [record(underwood.elected$), record(underwood.elected$)];
  underwood.start();
  await leading(underwood);
  expect(queue()).toEqual(['underwood']);
  expect([first.seen, second.seen]).toEqual([
    [false, true],
    [false, true],
  ]);
});

it('C3: isLeader goes by the clock, and is false after stop', async () => {
  const { server, store, candidate } = world(shortly);
  const underwood = candidate('underwood');
  expect(underwood.isLeader).toBe(false);
  await leading(underwood.start());
  expect(underwood.isLeader).toBe(true);
  server.cut(store);
  const blockedUntil = performance.now() + 500; // no timer can run, no event can come
  while (performance.now() < blockedUntil);
  expect(underwood.isLeader).toBe(false);
  server.heal(store);
  await underwood.stop();
  expect(underwood.isLeader).toBe(false);
});

it('C4: resign ends work before the release, and goes to the back of the queue', async () => {
  const { candidate, queue } = world();
  const [underwood, durant] = [candidate('underwood').start(), candidate('durant').start()];
  await leading(underwood);
  let queueAtEnd: string[] = [];
  const work = sleep(50).then(() => (queueAtEnd = queue()));
  underwood.term?.waitUntil(work).subscribe();
  const { signal } = underwood.term ?? {};
  const resigned = underwood.resign();
  expect(signal?.aborted).toBe(true);
  await resigned;
  expect(queueAtEnd).toEqual(['underwood', 'durant']);
  await leading(durant);
  await expect.poll(queue).toEqual(['durant', 'underwood']);
});

it('C4: a resigned candidate stays out of the race for its cooldown', async () => {
  const { candidate, queue } = world();
  const underwood = candidate('underwood', { cooldown: 100 }).start();
  await leading(underwood);
  await underwood.resign();
  const resigned = performance.now();
  expect(queue()).toEqual([]);
  await leading(underwood);
  expect(performance.now() - resigned).toBeGreaterThan(90);
});

it('C5: resign says clearly when it does not lead', async () => {
  const { candidate } = world();
  const [underwood, durant] = [candidate('underwood').start(), candidate('durant')];
  await leading(underwood);
  expect(() => durant.resign()).toThrow('[not-leading] durant does not lead');
  durant.start();
  expect(() => durant.resign()).toThrow('[not-leading] durant does not lead');
});

it('C6: stop when leading resolves after the release, and the last value is not elected', async () => {
  const { candidate, queue } = world();
  const underwood = candidate('underwood').start();
  const { seen, end } = record(underwood.elected$);
  await leading(underwood);
  await underwood.stop();
  expect(queue()).toEqual([]);
  expect(seen).toEqual([false, true, false]);
  expect(end.how).toBe('complete');
});

it('C9: after stop, start is a new campaign', async () => {
  const { candidate } = world();
  const underwood = candidate('underwood').start();
  await leading(underwood);
  const first = underwood.term?.token;
  await underwood.stop();
  await leading(underwood.start());
  expect(underwood.term?.token).toBeGreaterThan(first ?? 0n);
});

it('C10: a loss has its reason in the state', async () => {
  const { candidate, server } = world();
  const underwood = candidate('underwood').start();
  await leading(underwood);
  const { token = 0n } = underwood.term ?? {};
  server.deleteClaim(key);
  const lost = await until(underwood.leadership$, ({ state }) => state === 'interrupted');
  expect(lost).toMatchObject({ ended: { token, reason: 'lost' }, error: { code: 'claim-lost' } });
});

it('C11: an error is a state that says when it is tried again', async () => {
  const { server, store, candidate } = world(shortly);
  server.cut(store);
  const underwood = candidate('underwood').start();
  const trouble = await until(underwood.leadership$, ({ state }) => state === 'interrupted');
  expect(trouble).toMatchObject({ error: { code: 'store-unreachable' } });
  server.heal(store);
  await leading(underwood);
});

it('C12: a release that the store does not answer holds stop up for a ttl, no longer', async () => {
  const { server, store, candidate } = world(shortly);
  const underwood = candidate('underwood').start();
  await leading(underwood);
  server.cut(store);
  const began = performance.now();
  await underwood.stop();
  expect(performance.now() - began).toBeLessThan(shortly.ttl + 500);
});

it('C13: subscribers hear of the end before the store does', async () => {
  const { candidate, queue } = world();
  const underwood = candidate('underwood').start();
  const heard: unknown[] = [];
  underwood.elected$.pipe(skip(1)).subscribe((elected) => heard.push([elected, queue()]));
  await leading(underwood);
  await underwood.stop();
  expect(heard.at(-1)).toEqual([false, ['underwood']]);
  expect(queue()).toEqual([]);
});

it('C14: candidates of one store share one session', async () => {
  const { server, store, candidate } = world();
  const candidates = ['a', 'b', 'c'].map((id) => candidate(id).start());
  const elsewhere = new Candidate(store, 'another/election', 'a').start();
  await Promise.all([...candidates.slice(0, 1), elsewhere].map(leading));
  await expect.poll(() => server.sessions().map(({ claims }) => claims)).toEqual([4]);
});

it('C15: a term has a fencing token, a deadline and a drain', async () => {
  const store = memoryStore();
  const underwood = new Candidate(store, key, 'underwood', { drain: 40 }).start();
  await leading(underwood);
  const { term } = underwood;
  expect(term?.token).toBeTypeOf('bigint');
  expect(term?.remaining()).toBeGreaterThan(0);
  term?.waitUntil(NEVER).subscribe();
  const began = performance.now();
  await store.close();
  expect(performance.now() - began).toBeGreaterThan(35);
  expect(term?.isValid()).toBe(false);
});
