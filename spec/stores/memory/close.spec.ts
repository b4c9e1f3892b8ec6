import { expect, it } from 'vitest';
import type { KeyState } from '../../../lib/index.js';
import { memoryStore } from '../../../stores/memory/index.js';
import { diary, ids } from './diary.js';

const options = { ttl: 4_000 };
const view = ({ leader }: KeyState) => leader?.id ?? 'vacant';

it('asks every claim to leave, and completes watches once all is given back', () => {
  const events = diary(({ openStore, follow, stake, at, server, write }) => {
    const store = openStore(options);
    const claims = [stake(store, 'a')];
    at(5, () => claims.push(stake(store, 'b')));
    at(6, () => follow('w', store.watch('key'), view));
    at(10, () => void store.close());
    at(20, () => claims[0]?.unsubscribe());
    at(30, () => claims[1]?.unsubscribe());
    at(31, () => write(`${server.sessions().length} sessions`));
  });
  expect(events).toEqual([
    '0: a held 1',
    '5: b waiting 1',
    '6: w a',
    ...['10: a leaving', '10: b leaving'],
    ...['20: b held 2', '20: w b', '20: a released'],
    ...['30: w vacant', '30: b released', '30: w complete'],
    '31: 0 sessions',
  ]);
});

it('waits for who does not leave until the lease, as it stands, runs out', () => {
  const events = diary(({ openStore, stake, at }) => {
    const store = openStore(options);
    stake(store, 'a');
    at(5_500, () => void store.close());
  });
  expect(events).toEqual([
    '0: a held 1',
    '5500: a leaving',
    '8600: a error store-closed',
    '8600: a released',
  ]);
});

it('is bounded, however out of reach the server is', () => {
  const events = diary(({ openStore, stake, follow, at, server }) => {
    const store = openStore(options);
    const claim = stake(store, 'a');
    follow('q', store.contenders('key'), ids);
    at(10, () => server.cut(store));
    at(20, () => {
      void store.close();
      claim.unsubscribe();
    });
  });
  expect(events).toEqual([
    ...['0: q []', '0: q [a]', '0: a held 1', '20: a leaving'],
    '4020: a abandoned',
    '4600: q complete', // the lease ran out at 3600, and its end was not answered
  ]);
});

it('says `leaving` at once to a claim on a closed store, and completes watches', async () => {
  const store = memoryStore();
  await store.close();
  const events: string[] = [];
  const settled = ({ outcome }: { outcome: string }) => events.push(outcome);
  const claim = store
    .lock('key', { id: 'a', settled })
    .subscribe(({ status }) => events.push(status));
  const complete = () => events.push('complete');
  store.watch('key').subscribe({ complete });
  store.contenders('key').subscribe({ complete });
  claim.unsubscribe();
  events.push('unsubscribed');
  await Promise.resolve();
  await store.close();
  expect(events).toEqual(['leaving', 'complete', 'complete', 'unsubscribed', 'released']);
});
