import { expect, it } from 'vitest';
import { Candidate, Follower } from '../../lib/index.js';
import { key, leading, record, until, world } from './original-world.js';

// What the original promises of a follower, and what it does: see docs/original.md.

const ids = (leaders: readonly ({ readonly id: string } | undefined)[]) =>
  leaders.map((leader) => leader?.id);

it('R7: each new leader, and each vacancy, as it happens', async () => {
  const { candidate, follower } = world();
  const watching = follower();
  const { seen } = record(watching.leader$);
  await until(watching.leader$, (leader) => leader === undefined);
  for (const id of ['underwood', 'durant']) {
    const running = candidate(id).start();
    await until(watching.leader$, (leader) => leader?.id === id);
    await running.stop();
    await until(watching.leader$, (leader) => leader === undefined);
  }
  expect(ids(seen)).toEqual([undefined, 'underwood', undefined, 'durant', undefined]);
});

it.each(['node:1', 'ünï "quoted" {}', 'a/b\\c', ' \n\t ', '../..', '日本'])(
  'R8: the leader is the id that the candidate was given: %j',
  async (id) => {
    const { store, follower } = world();
    await leading(new Candidate(store, key, id).start());
    expect((await until(follower().leader$, (leader) => leader !== undefined))?.id).toBe(id);
  },
);

it('F1: equal neighbours are dropped', async () => {
  const { candidate, follower } = world();
  const watching = follower();
  const { seen } = record(watching.leader$);
  await leading(candidate('underwood').start());
  const durant = candidate('durant').start();
  await until(durant.leadership$, ({ state }) => state === 'waiting');
  await durant.stop(); // the queue changed, the leader did not
  await until(watching.leader$, (leader) => leader !== undefined);
  expect(ids(seen)).toEqual([undefined, 'underwood']);
});

it('F2: a late subscriber gets the present leader at once, undefined while vacant', async () => {
  const { candidate, follower } = world();
  const watching = follower();
  expect(watching.leader).toBeUndefined();
  const underwood = candidate('underwood').start();
  await until(watching.leader$, (leader) => leader?.id === 'underwood');
  expect(watching.leader).toMatchObject({ id: 'underwood', token: 1n });
  expect(ids(record(watching.leader$).seen)).toEqual(['underwood']);
  await underwood.stop();
  await until(watching.leader$, (leader) => leader === undefined);
  expect(watching.leader).toBeUndefined();
});

it('F3: the end of a session is a vacancy', async () => {
  const { candidate, follower, server, open } = world();
  const elsewhere = open();
  const watching = follower();
  await leading(
    candidate('underwood', { retry: { initial: 5_000, jitter: 0 } }, elsewhere).start(),
  );
  await until(watching.leader$, (leader) => leader?.id === 'underwood');
  server.expire(elsewhere);
  await until(watching.leader$, (leader) => leader === undefined);
});

it('F4: a leader elected again, or another of the same name, is a change', async () => {
  const { candidate, follower } = world();
  const watching = follower();
  const first = candidate('underwood').start();
  await until(watching.leader$, (leader) => leader !== undefined);
  const { seen } = record(watching.leader$);
  const second = candidate('underwood').start();
  await until(second.leadership$, ({ state }) => state === 'waiting');
  await first.resign();
  await until(watching.leader$, (leader) => leader?.token === 2n);
  await second.resign();
  await until(watching.leader$, (leader) => leader?.token === 3n);
  expect(seen.map((leader) => leader?.token)).toEqual([1n, 2n, 3n]);
});

it('F5: an election that nobody ever ran in is vacant, and can be followed', async () => {
  const { follower, candidate } = world();
  const watching = follower();
  expect(await until(watching.leader$, () => true)).toBeUndefined();
  await leading(candidate('underwood').start());
  await until(watching.leader$, (leader) => leader?.id === 'underwood');
});

it('F6: a watch that breaks is resumed; what is shown meanwhile is marked stale', async () => {
  const { candidate, follower, server, store, open } = world({ staleAfter: 30 });
  const elsewhere = open();
  const watching = follower();
  const underwood = candidate('underwood', {}, elsewhere).start();
  await until(watching.leader$, (leader) => leader?.id === 'underwood');
  const { seen, end } = record(watching.view$);
  server.cut(store);
  await until(watching.view$, ({ stale }) => stale);
  const durant = candidate('durant', {}, elsewhere).start();
  await until(durant.leadership$, ({ state }) => state === 'waiting');
  await underwood.stop();
  await leading(durant);
  server.heal(store);
  await until(watching.view$, ({ leader, stale }) => leader?.id === 'durant' && !stale);
  expect(seen[0]).toMatchObject({ leader: { id: 'underwood' }, stale: false });
  expect(seen[1]).toMatchObject({ leader: { id: 'underwood' }, stale: true });
  expect(end).toEqual({});
});

it('F7: stop is quiet, at once, and harmless again', async () => {
  const { candidate, follower } = world();
  const watching = follower();
  await leading(candidate('underwood').start());
  await until(watching.leader$, (leader) => leader !== undefined);
  const { end } = record(watching.leader$);
  watching.stop();
  expect(end).toEqual({ how: 'complete' });
  expect(watching.leader).toBeUndefined();
  watching.stop();
  expect(record(watching.leader$).end).toEqual({ how: 'complete' });
});

it('F8: a key has one form, whatever slashes it is written with', async () => {
  const { store } = world();
  const watching = new Follower(store, 'service//swarm/leader/');
  await leading(new Candidate(store, '/service/swarm/leader', 'underwood').start());
  await until(watching.leader$, (leader) => leader?.id === 'underwood');
  expect(watching.key).toBe('service/swarm/leader');
});

it('B9: a follower of a store that answers nothing is not left waiting for ever', async () => {
  const { follower, server, store, candidate, open } = world({ staleAfter: 30 });
  server.cut(store);
  const watching = follower();
  const { seen, end } = record(watching.view$);
  await expect.poll(() => seen).toMatchObject([{ leader: undefined, stale: true }]);
  await leading(candidate('underwood', {}, open()).start());
  server.heal(store);
  await until(watching.view$, ({ leader, stale }) => leader?.id === 'underwood' && !stale);
  expect(end).toEqual({});
});

it('test: no duplicates, and the stream ends at stop', async () => {
  const { candidate, follower } = world();
  const watching = follower();
  const { seen, end } = record(watching.leader$);
  const [one, two] = [candidate('leader1'), candidate('leader2')];
  await leading(one.start());
  two.start();
  await one.resign(); // goes to the back of the queue: leads again when the other leaves
  await until(watching.leader$, (leader) => leader?.id === 'leader2');
  await two.stop();
  await until(watching.leader$, (leader) => leader?.id === 'leader1');
  watching.stop();
  expect(ids(seen).filter((id) => id !== undefined)).toEqual(['leader1', 'leader2', 'leader1']);
  expect(end.how).toBe('complete');
});
