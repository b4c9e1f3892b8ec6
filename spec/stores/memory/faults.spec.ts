import { expect, it } from 'vitest';
import { diary, ids } from './diary.js';

const options = { ttl: 4_000 };

it('makes one claim, whose token is that of the first attempt, when the answer is lost', () => {
  const events = diary(({ openStore, server, stake, at, write }) => {
    const store = openStore(options);
    const find = server.loseReplies(store, 'claim');
    const claim = stake(store, 'a');
    at(1_100, () => {
      write(ids(server.queue('key')));
      find();
    });
    at(2_000, () => claim.unsubscribe());
  });
  expect(events).toEqual(['1100: [a]', '1500: a held 1', '2000: a released']);
});

it('gives up a claim whose answer was lost; no zombie is left, though the session lives on', () => {
  const events = diary(({ openStore, server, stake, at, write }) => {
    const store = openStore(options);
    const other = stake(store, 'other', 'another');
    at(10, () => {
      server.loseReplies(store, 'claim');
      const find = server.loseReplies(store, 'release');
      const claim = stake(store, 'a');
      at(20, () => claim.unsubscribe());
      at(30, () => stake(store, 'b')); // not before the outcome of a's is known
      at(40, () => write(ids(server.queue('key'))));
      at(900, find);
    });
    at(1_600, () => write(ids(server.queue('key'))));
    at(2_000, () => other.unsubscribe());
  }, 2_001);
  expect(events.slice(0, 5)).toEqual([
    '0: other held 1',
    '40: []',
    '1020: a released',
    '1600: [b]',
    '2000: other released',
  ]);
});

it('tells `abandoned` after the ttl, and stays at it as long as the session lives', () => {
  const events = diary(({ openStore, server, stake, at, write }) => {
    const store = openStore(options);
    const other = stake(store, 'other', 'another');
    const claim = stake(store, 'a');
    const find = server.loseReplies(store, 'release');
    at(100, () => claim.unsubscribe());
    at(200, () => stake(store, 'b'));
    at(5_000, () => find());
    at(9_000, () => write(ids(server.queue('key'))));
    at(9_001, () => other.unsubscribe());
  }, 9_002);
  expect(events.slice(0, 6)).toEqual([
    '0: other held 1',
    '0: a held 2',
    '4100: a abandoned',
    '4200: b error store-unreachable', // held back longer than its ttl
    '4200: b released', // it was never sent
    '9000: []',
  ]);
});

it('opens one session though the answer to opening it was lost', () => {
  const events = diary(({ openStore, server, stake, at, write }) => {
    const store = openStore(options);
    const find = server.loseReplies(store, 'session');
    const claim = stake(store, 'a');
    at(600, () => {
      write(`${server.sessions().length} session`);
      find();
    });
    at(1_100, () => claim.unsubscribe());
    at(1_101, () => write(`${server.sessions().length} sessions`));
  });
  expect(events).toEqual([
    '600: 1 session',
    '1000: a held 1',
    '1100: a released',
    '1101: 0 sessions',
  ]);
});

it('ends a claim that an operator has deleted, and keeps the others of the session', () => {
  const events = diary(({ openStore, server, stake, at }) => {
    const store = openStore(options);
    const claims = [stake(store, 'a'), stake(store, 'other', 'another')];
    at(5, () => claims.push(stake(store, 'b')));
    at(10, () => server.deleteClaim('key', 'b'));
    at(20, () => server.deleteClaim('key'));
    at(30, () => claims.forEach((claim) => claim.unsubscribe()));
  });
  expect(events).toEqual([
    '0: a held 1',
    '0: other held 2',
    '5: b waiting 1',
    ...['10: b error claim-lost', '10: b released'],
    ...['20: a error claim-lost', '20: a released'],
    '30: other released',
  ]);
});

it('ends a claim that was overwritten, and leaves the foreign one where it is', () => {
  const events = diary(({ openStore, server, stake, at, write }) => {
    const [one, two] = [openStore(options), openStore(options)];
    stake(one, 'a');
    at(5, () => stake(two, 'b'));
    at(10, () => server.overwriteClaim('key', 'x'));
    at(20, () => write(`${ids(server.queue('key'))} ${server.queue('key')[0]?.token ?? 0n}`));
    at(30, () => server.deleteClaim('key'));
  }, 40);
  expect(events.slice(0, 6)).toEqual([
    '0: a held 1',
    '5: b waiting 1',
    '10: a error claim-lost',
    '10: a released',
    '20: [x,b] 1',
    '30: b held 2',
  ]);
});

it('never lets a waiting claim lead whose session has ended while nothing got through', () => {
  const events = diary(({ openStore, server, stake, at }) => {
    const [one, two] = [openStore(options), openStore(options)];
    const first = stake(one, 'a');
    at(5, () => stake(two, 'b'));
    at(10, () => server.cut(two));
    at(20, () => server.expire(two));
    at(30, () => first.unsubscribe());
    at(40, () => server.heal(two));
  });
  expect(events).toEqual([
    '0: a held 1',
    '5: b waiting 1',
    '30: a released',
    '40: b error session-lost',
    '40: b released',
  ]);
});

it('errors with `store-unreachable` when a claim cannot be staked within the ttl', () => {
  const events = diary(({ openStore, server, stake }) => {
    server.freeze();
    stake(openStore(options), 'a');
  });
  expect(events).toEqual(['4000: a error store-unreachable', '4000: a released']);
});

it('keeps a term through a server that is frozen for less than the lease', () => {
  const events = diary(({ openStore, server, stake, at }) => {
    const claim = stake(openStore(options), 'a');
    at(4_100, () => server.freeze());
    at(7_000, () => server.thaw());
    at(8_000, () => claim.unsubscribe());
  });
  expect(events).toEqual(['0: a held 1', '8000: a released']);
});

it('ends overdue sessions before anything else when a frozen server goes on', () => {
  const events = diary(({ openStore, server, stake, at }) => {
    const [one, two] = [openStore(options), openStore(options)];
    stake(one, 'a');
    at(10, () => server.freeze());
    at(20, () => stake(two, 'b'));
    at(4_000, () => server.thaw());
  }, 5_000);
  expect(events.slice(0, 4)).toEqual([
    '0: a held 1',
    '3600: a error lease-expired',
    '4000: a released',
    '4000: b held 2',
  ]);
});

it('goes on through a restart, and says so when the data are gone', () => {
  const events = diary(({ openStore, server, stake, at }) => {
    const store = openStore(options);
    stake(store, 'a');
    at(1_000, () => server.restart());
    at(2_000, () => server.loseData());
    at(2_010, () => stake(store, 'b'));
  }, 2_020);
  expect(events.slice(0, 4)).toEqual([
    '0: a held 1',
    '2000: a error data-lost',
    '2000: a released',
    '2010: b held 1', // smaller than before is told: `data-lost`
  ]);
});

it('keeps working for everybody when a subscriber or a callback throws', () => {
  expect(() =>
    diary(({ openStore, at }) => {
      const store = openStore(options);
      const settled = () => {
        throw new Error('from settled');
      };
      const claim = store.lock('key', { id: 'a', settled }).subscribe();
      at(10, () => claim.unsubscribe());
    }),
  ).toThrow('from settled'); // as RxJS reports what subscribers throw: from a timer
});
