import { expect, it } from 'vitest';
import type { KeyState } from '../../../lib/index.js';
import { diary, ids, type Writing } from './diary.js';

const options = { ttl: 4_000 }; // stale after 2 000
const view = ({ leader, stale }: KeyState) => `${leader?.id ?? 'vacant'}${stale ? ' stale' : ''}`;

it('tells who leads, each change and each vacancy, also before anybody ran', () => {
  const events = diary(({ openStore, follow, stake, at }) => {
    const [one, two] = [openStore(options), openStore(options)];
    const watching = follow('w', two.watch('key'), view);
    at(10, () => {
      const claim = stake(one, 'a');
      at(20, () => claim.unsubscribe());
    });
    at(30, () => {
      const claim = stake(one, 'a');
      at(35, () => claim.unsubscribe());
    });
    at(40, () => watching.unsubscribe());
  });
  expect(events).toEqual(
    [
      '0: w vacant',
      ...['10: w a', '10: a held 1', '20: w vacant', '20: a released'],
      ...['30: w a', '30: a held 2', '35: w vacant', '35: a released'],
    ].map((event) => event),
  );
});

it('tells a late watcher the present at once, and all watchers share one watch', () => {
  const events = diary(({ openStore, follow, stake, at }) => {
    const store = openStore({ ...options, latency: 10 });
    stake(store, 'a');
    const first = follow('first', store.watch('key'), view);
    at(100, () => {
      const second = follow('second', store.watch('key'), view);
      at(110, () => first.unsubscribe());
      at(120, () => second.unsubscribe());
    });
  }, 150);
  expect(events.slice(0, 4)).toEqual([
    '20: first vacant',
    '40: first a',
    '40: a held 1',
    '100: second a',
  ]);
});

it('shows everyone in the queue, the leader first', () => {
  const events = diary(({ openStore, follow, stake, at, server }) => {
    const store = openStore(options);
    follow('q', openStore(options).contenders('key'), ids);
    at(10, () => stake(store, 'a'));
    at(20, () => stake(store, 'b'));
    at(30, () => stake(store, 'c'));
    at(40, () => server.deleteClaim('key', 'b'));
  }, 50);
  expect(events.filter((event) => event.includes(': q'))).toEqual([
    '0: q []',
    '10: q [a]',
    '20: q [a,b]',
    '30: q [a,b,c]',
    '40: q [a,c]',
    '50: q complete', // the store had nothing to give back
  ]);
});

function cutOff(tell: (writing: Writing) => void = () => undefined) {
  return diary((writing) => {
    const { openStore, follow, stake, at, server } = writing;
    const [one, two] = [openStore(options), openStore(options)];
    const claim = stake(one, 'a');
    const watching = follow('w', two.watch('key'), view);
    at(5_000, () => server.cut(two));
    at(6_000, () => claim.unsubscribe());
    at(9_000, () => server.heal(two));
    at(10_000, () => watching.unsubscribe());
    tell(writing);
  }).filter((event) => event.includes(': w'));
}

it('says that it is stale within `staleAfter`, and tells the present when contact is back', () => {
  expect(cutOff()).toEqual(['0: w vacant', '0: w a', '6000: w a stale', '9000: w vacant']);
});

it('is not told apart from a quiet server as long as that answers', () => {
  const events = diary(({ openStore, follow, at }) => {
    const watching = follow('w', openStore(options).watch('key'), view);
    at(50_000, () => watching.unsubscribe());
  });
  expect(events).toEqual(['0: w vacant']);
});

it('knows nothing, and says so, when the server was never reached', () => {
  const events = diary(({ openStore, follow, at, server }) => {
    server.freeze();
    const store = openStore(options);
    const watching = follow('w', store.watch('key'), view);
    const queue = follow('q', store.contenders('key'), ids);
    at(5_000, () => server.thaw());
    at(5_001, () => [watching, queue].forEach((one) => one.unsubscribe()));
  });
  expect(events).toEqual(['2000: w vacant stale', '5000: w vacant', '5000: q []']);
});

it('is stale while the answers are held, and never goes back', () => {
  const events = diary(({ openStore, follow, stake, at, server }) => {
    const [one, two] = [openStore(options), openStore(options)];
    const claims = [stake(one, 'a')];
    const watching = follow('w', two.watch('key'), view);
    let deliver = () => {};
    at(1_000, () => (deliver = server.holdReplies(two)));
    at(2_000, () => claims.push(stake(one, 'b')));
    at(3_000, () => claims[0]?.unsubscribe());
    at(8_000, () => deliver());
    at(9_000, () => [...claims, watching].forEach((one) => one.unsubscribe()));
  });
  expect(events.filter((event) => event.includes(': w'))).toEqual([
    '0: w vacant',
    '0: w a',
    '2000: w a stale',
    ...['8000: w a', '8000: w b'],
  ]);
});

it('errors when the server has lost its data, and is right when it is asked again', () => {
  const events = diary(({ openStore, follow, stake, at, server }) => {
    const [one, two] = [openStore(options), openStore(options)];
    stake(one, 'a');
    follow('w', two.watch('key'), view);
    at(10, () => server.loseData());
    at(20, () => follow('w', two.watch('key'), view));
  }, 30).filter((event) => event.includes(': w'));
  expect(events).toEqual([
    ...['0: w vacant', '0: w a', '10: w error data-lost'],
    ...['20: w vacant', '30: w complete'],
  ]);
});
