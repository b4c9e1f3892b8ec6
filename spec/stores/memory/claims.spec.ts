import { expect, it } from 'vitest';
import { MemoryServer, memoryStore } from '../../../stores/memory/index.js';
import { diary, ids } from './diary.js';

it('answers a claim within the frame, but never inside subscribe', () => {
  const events = diary(({ openStore, stake, at, write }) => {
    const store = openStore();
    const first = stake(store, 'a');
    write('subscribed');
    at(10, () => {
      first.unsubscribe();
      write('unsubscribed');
    });
  });
  expect(events).toEqual(['0: subscribed', '0: a held 1', '10: unsubscribed', '10: a released']);
});

it('serves claims in the order in which they were staked, and tells how many are ahead', () => {
  const events = diary(({ openStore, stake, at }) => {
    const [one, two] = [openStore(), openStore()];
    const wishes = [
      { id: 'a', store: one, from: 0, to: 20 },
      { id: 'b', store: two, from: 1, to: 10 },
      { id: 'c', store: one, from: 2, to: 30 },
      { id: 'd', store: two, from: 3, to: 40 },
    ];
    for (const { id, store, from, to } of wishes)
      at(from, () => {
        const claim = stake(store, id);
        at(to, () => claim.unsubscribe());
      });
  });
  expect(events).toEqual([
    '0: a held 1',
    '1: b waiting 1',
    '2: c waiting 2',
    '3: d waiting 3',
    ...['10: c waiting 1', '10: d waiting 2', '10: b released'],
    ...['20: c held 3', '20: d waiting 1', '20: a released'],
    ...['30: d held 4', '30: c released'],
    '40: d released',
  ]);
});

it('shows its round trips when there is a latency', () => {
  const events = diary(({ openStore, stake, at }) => {
    const claim = stake(openStore({ latency: 7 }), 'a');
    at(100, () => claim.unsubscribe());
  });
  // Opening the session is one round trip, the claim another.
  expect(events).toEqual(['28: a held 1', '114: a released']);
});

it('stakes nothing when it is unsubscribed in the same tick', () => {
  const events = diary(({ openStore, stake, server, at, write }) => {
    stake(openStore(), 'a').unsubscribe();
    at(1, () =>
      write(`${server.queue('key').length} claims, ${server.sessions().length} sessions`),
    );
  });
  expect(events).toEqual(['0: a released', '1: 0 claims, 0 sessions']);
});

it('gives a claim back that is on its way when it is unsubscribed', () => {
  const events = diary(({ openStore, stake, server, at, write }) => {
    const store = openStore({ latency: 10 });
    const other = stake(store, 'other', 'another');
    const claim = stake(store, 'a');
    at(25, () => claim.unsubscribe());
    for (const frame of [31, 36]) at(frame, () => write(ids(server.queue('key'))));
    at(100, () => other.unsubscribe());
  });
  expect(events).toEqual([
    '31: [a]',
    '36: []',
    '40: other held 1',
    '45: a released',
    '120: other released',
  ]);
});

it('holds the next claim of an election back until the release of the last is answered', () => {
  const events = diary(({ openStore, stake, at }) => {
    const store = openStore({ latency: 10 });
    const first = stake(store, 'first');
    at(100, () => {
      first.unsubscribe();
      const second = stake(store, 'second');
      stake(store, 'other', 'another'); // is not held back
      at(200, () => second.unsubscribe());
    });
  }, 300);
  expect(events).toEqual([
    '40: first held 1',
    '120: other held 2',
    '120: first released',
    '140: second held 3',
    '220: second released',
    '300: other leaving',
    '13600: other error store-closed', // when its lease, as it stood at 300, would have run out
    '13620: other released',
  ]);
});

it('keeps one session for all claims, another for another ttl, and none when nobody needs it', () => {
  diary(({ openStore, server, at }) => {
    const store = openStore({ name: 'mine' });
    const subscriptions = ['a', 'b', 'c'].map((key) => store.lock(key, { id: 'me' }).subscribe());
    subscriptions.push(store.lock('d', { id: 'me', ttl: 2_000 }).subscribe());
    at(1, () => {
      expect(server.sessions()).toEqual([
        { store: 'mine', ttl: 15_000, expiresIn: 14_999, claims: 3 },
        { store: 'mine', ttl: 2_000, expiresIn: 1_999, claims: 1 },
      ]);
    });
    at(2, () => subscriptions.forEach((subscription) => subscription.unsubscribe()));
    at(3, () => expect(server.sessions()).toEqual([]));
  });
});

it('refuses at the call what cannot work', () => {
  const store = memoryStore();
  const refused = { code: 'invalid-option' };
  expect(() => memoryStore({ ttl: 400 })).toThrow(expect.objectContaining(refused));
  expect(() => memoryStore({ latency: -1 })).toThrow(expect.objectContaining(refused));
  expect(() => store.timing(Number.NaN)).toThrow(expect.objectContaining(refused));
  expect(() => store.lock('/', { id: 'me' })).toThrow(expect.objectContaining(refused));
  expect(() => store.lock('key', { id: '' })).toThrow(expect.objectContaining(refused));
  expect(() => store.lock('key', { id: 'a', ttl: 1 })).toThrow(expect.objectContaining(refused));
  expect(() => store.watch('')).toThrow(expect.objectContaining(refused));
  expect(() => new MemoryServer().cut(store)).toThrow(expect.objectContaining(refused));
});
