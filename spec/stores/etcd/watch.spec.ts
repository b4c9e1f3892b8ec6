import { interval, lastValueFrom, mergeMap, take, tap } from 'rxjs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { eventually } from '../../support/eventually.js';
import { reservePort } from '../../support/ports.js';
import { contenders, lock, watch } from '../records.js';
import { Laboratory } from './fixture.js';

let server: EtcdServer;
let lab: Laboratory;

beforeAll(async () => {
  server = await EtcdServer.start();
  lab = new Laboratory(server);
});
afterEach(() => lab.clear());
afterAll(() => server.stop());

it('shows vacancy, the leader, its successor, and the queue in its order', async () => {
  const store = lab.store();
  const [shown, queue] = [watch(store, 'w/a'), contenders(store, 'w/a')];
  await eventually(() => shown.length === 1);
  const first = lock(store, 'w/a', 'one');
  await eventually(() => first.held);
  const second = lock(lab.store(), 'w/a', 'two');
  await eventually(() => second.states.length === 1);
  await eventually(() => queue.includes('one,two'));
  first.leave();
  await eventually(() => second.held);
  await eventually(() => shown.length === 3);
  second.leave();
  await eventually(() => shown.length === 4);
  expect(shown).toEqual(['-', 'one', 'two', '-']);
  expect(queue).toEqual(['', 'one', 'one,two', 'two', '']);
});

it('does not see elections with a longer or a similar name', async () => {
  const store = lab.store();
  const shown = watch(store, 'n/a');
  const [deeper, longer, own] = [
    lock(store, 'n/a/b', 'deeper'),
    lock(store, 'n/ab', 'longer'),
    lock(store, 'n/a', 'own'),
  ];
  await eventually(() => deeper.held && longer.held && own.held);
  await eventually(() => shown.at(-1) === 'own');
  expect(shown).toEqual(['-', 'own']);
});

it('is stale when the server is frozen, and fresh again with what happened meanwhile', async () => {
  const { store, proxy } = await lab.behindProxy({ staleAfter: 1_000 });
  const shown = watch(store, 'w/stale');
  await eventually(() => shown.length === 1);
  const since = performance.now();
  proxy.blackhole();
  const leader = lock(lab.store(), 'w/stale', 'one');
  await eventually(() => shown.length === 2);
  expect(shown).toEqual(['-', '-?']);
  expect(performance.now() - since).toBeLessThan(1_200);
  await eventually(() => leader.held);
  proxy.heal();
  await eventually(() => shown.at(-1) === 'one');
});

it('first shows a stale vacancy when the server is unreachable from the start', async () => {
  const { store, proxy } = await lab.behindProxy({ staleAfter: 1_000 });
  proxy.refuse();
  const shown = watch(store, 'w/unreachable');
  const since = performance.now();
  await eventually(() => shown.length === 1);
  expect(shown).toEqual(['-?']);
  expect(performance.now() - since).toBeGreaterThan(950);
  expect(performance.now() - since).toBeLessThan(1_200);
  await proxy.accept();
  await eventually(() => shown.at(-1) === '-');
});

it('is stale when the member that it hears has lost the majority, and fresh again after that', async () => {
  const ports = [await reservePort(), await reservePort()];
  const peers = ports.map(({ port }) => `http://127.0.0.1:${port}`);
  const cluster = peers.map((url, n) => `member-${n}=${url}`).join(',');
  const [one, two] = await Promise.all(
    peers.map((url, n) => {
      const urls = [`--listen-peer-urls=${url}`, `--initial-advertise-peer-urls=${url}`];
      return EtcdServer.start({
        args: [`--name=member-${n}`, `--initial-cluster=${cluster}`, ...urls],
      });
    }),
  );
  const store = lab.store({ hosts: one?.url ?? '', staleAfter: 1_000 });
  const shown = watch(store, 'w/minority');
  await eventually(() => shown.length === 1);
  two?.freeze();
  await eventually(() => shown.at(-1) === '-?', { within: 8_000 });
  two?.thaw();
  await eventually(() => shown.at(-1) === '-', { within: 15_000 });
  await store.close();
  for (const member of [one, two]) await member?.stop();
  for (const port of ports) port.release();
});

it('stays fresh for longer than staleAfter while nothing happens', async () => {
  const store = lab.store({ staleAfter: 1_000 });
  const shown = watch(store, 'w/quiet');
  const since = performance.now();
  await eventually(() => performance.now() - since > 3_000);
  expect(shown).toEqual(['-']);
});

it('keeps its connection while watches come and go on a store that others write to', async () => {
  const { store, proxy } = await lab.behindProxy({ staleAfter: 2_000 });
  const shown = watch(store, 'w/kept');
  await eventually(() => shown.length === 1);
  const other = lab.store();
  const terms = mergeMap((n: number) => other.lock(`w/busy/${n}`, { id: 'a' }).pipe(take(1)));
  const writing = interval(2).pipe(terms).subscribe();
  const coming = interval(20).pipe(take(250));
  await lastValueFrom(coming.pipe(tap((n) => watch(store, `w/coming/${n}`))));
  writing.unsubscribe();
  expect([proxy.connections, shown]).toEqual([1, ['-']]);
});

it('misses nothing after a break with a compaction in it', async () => {
  const { store, proxy } = await lab.behindProxy();
  const other = lab.store();
  const shown = watch(store, 'w/compacted');
  const leader = lock(other, 'w/compacted', 'one');
  await eventually(() => shown.at(-1) === 'one');
  proxy.refuse();
  proxy.reset();
  leader.leave();
  await eventually(() => leader.outcomes.length === 1);
  await lab.put('w-unrelated', 'x');
  const revision = /"revision":(\d+)/.exec(
    await etcdctl(['get', 'x', '--write-out=json'], server),
  )?.[1];
  await etcdctl(['compact', revision ?? ''], server);
  await proxy.accept();
  await eventually(() => shown.at(-1) === '-');
});

it('goes on after the server was killed and started again', async () => {
  const store = lab.store({ ttl: 5_000 });
  const shown = watch(store, 'w/restart');
  const leader = lock(store, 'w/restart', 'one', { ttl: 5_000 });
  await eventually(() => shown.at(-1) === 'one');
  await server.restart();
  const second = lock(lab.store(), 'w/restart', 'two');
  await eventually(() => second.states.length === 1);
  leader.leave();
  await eventually(() => second.held && shown.at(-1) === 'two');
  expect(leader.errors).toEqual([]);
  expect(shown.filter((state) => !state.includes('?'))).toEqual(['-', 'one', 'two']);
});

it('completes when the store is closed, and a closed store completes at once', async () => {
  const store = lab.store();
  const shown = watch(store, 'w/close');
  await eventually(() => shown.length === 1);
  await store.close();
  expect(shown).toEqual(['-', '|']);
  expect(contenders(store, 'w/close')).toEqual(['|']);
});
