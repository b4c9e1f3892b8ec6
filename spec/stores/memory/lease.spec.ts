import { filter, map, switchMap } from 'rxjs';
import { expect, it } from 'vitest';
import type { Lease, LeadershipStore } from '../../../lib/index.js';
import { diary } from './diary.js';

// With a ttl of 4 000: margin 400, a renewal each 1 000, in doubt 500 after one is unanswered.
const options = { ttl: 4_000 };

const lease$ = (store: LeadershipStore, id: string) =>
  store.lock('key', { id }).pipe(
    filter((state) => state.status === 'held'),
    map(({ lease }): Lease => lease),
  );

it('counts a lease from the moment at which the renewal was sent', () => {
  const seen: number[] = [];
  diary(({ openStore, at }) => {
    const store = openStore({ ...options, latency: 50 });
    let lease: Lease | undefined;
    const claim = lease$(store, 'a').subscribe((held) => (lease = held));
    for (const frame of [201, 1_199, 1_201, 2_201])
      at(frame, () => seen.push(lease?.validUntil() ?? 0));
    at(3_000, () => claim.unsubscribe());
  });
  // Granted: sent at 0, answered at 100. The first renewal: sent at 1100, answered at 1200.
  expect(seen).toEqual([3_600, 3_600, 4_700, 5_700]);
});

it('suspends at half an interval after an unanswered renewal, and is over at the deadline', () => {
  const events = diary(({ openStore, server, follow, stake, at }) => {
    const store = openStore(options);
    stake(store, 'a');
    follow('lease', lease$(store, 'b').pipe(switchMap(({ state$ }) => state$)), String);
    at(1, () => server.deleteClaim('key')); // so that `b` is told of the lease too
    at(5_000, () => server.cut(store)); // what is sent at 5000 is lost already
    at(20_000, () => server.heal(store));
  });
  expect(events).toEqual([
    '0: a held 1',
    '1: a error claim-lost',
    '1: lease live',
    '1: a released',
    '5500: lease suspended',
    '7600: lease over', // 4000 was the last that was acknowledged
    '7600: lease error lease-expired',
  ]);
});

it('is live again when the connection is back in time, and nobody notices', () => {
  const events = diary(({ openStore, server, follow, stake, at }) => {
    const [store, other] = [openStore(options), openStore(options)];
    const held$ = lease$(store, 'a').pipe(switchMap(({ state$ }) => state$));
    const claim = follow('a', held$, String);
    stake(other, 'b');
    at(5_000, () => server.cut(store));
    at(6_900, () => server.heal(store));
    at(20_000, () => claim.unsubscribe());
  }, 20_001);
  expect(events).toEqual([
    '0: a live',
    '0: b waiting 1',
    '5500: a suspended',
    '6900: a live',
    '20000: b held 2',
    '20001: b leaving',
    ...['23600: b error store-closed', '23600: b released'],
  ]);
});

it('is revived by no acknowledgement that comes after the deadline', () => {
  const events = diary(({ openStore, server, follow, stake, at }) => {
    const [store, other] = [openStore(options), openStore(options)];
    const held$ = lease$(store, 'a').pipe(switchMap(({ state$ }) => state$));
    follow('a', held$, String);
    at(500, () => stake(other, 'b'));
    let release = () => {};
    at(4_500, () => (release = server.holdReplies(store)));
    at(7_601, () => release());
  });
  expect(events.slice(0, 6)).toEqual([
    '0: a live',
    '500: b waiting 1',
    '5500: a suspended',
    '7600: a over',
    '7600: a error lease-expired',
    // The server has had each renewal: without the rule that a dead session is not renewed, and
    // the word that it is dead, b would wait for ever.
    '7600: b held 2',
  ]);
});

it('leaves the rest to the ttl of the server when nothing gets through', () => {
  const events = diary(({ openStore, server, stake, at }) => {
    const [store, other] = [openStore(options), openStore(options)];
    stake(store, 'a');
    at(500, () => stake(other, 'b'));
    at(4_500, () => server.cut(store));
  }, 15_000);
  expect(events).toEqual([
    '0: a held 1',
    '500: b waiting 1',
    '7600: a error lease-expired',
    '8000: b held 2',
    '8600: a abandoned',
    '15000: b leaving',
    ...['18100: b error store-closed', '18100: b released'],
  ]);
});

it('learns from the server that its session has ended', () => {
  const events = diary(({ openStore, server, stake, at, follow }) => {
    const store = openStore(options);
    stake(store, 'a');
    const lease = lease$(store, 'b').pipe(switchMap(({ state$ }) => state$));
    follow('b', lease, String);
    at(100, () => server.expire(store));
    at(200, () => stake(store, 'c').add(() => undefined));
  }, 300);
  expect(events.slice(0, 5)).toEqual([
    '0: a held 1',
    '100: a error session-lost',
    '100: b error session-lost',
    '100: a released',
    '200: c held 3',
  ]);
});
