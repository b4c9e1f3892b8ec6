import { asapScheduler, observeOn, takeWhile } from 'rxjs';
import { campaign } from 'rx-leadership';
import { memoryStore, MemoryServer } from 'rx-leadership/stores/memory';
import {
  checkHistory,
  HistoryRecorder,
  underFaults,
  virtualElections,
} from 'rx-leadership/testing';
import { expect, test } from 'vitest';

// #region history
test('whatever the stores do, never two leaders, and nobody not for long', () => {
  underFaults((faulty) => {
    const recorder = new HistoryRecorder();
    virtualElections(({ openStore }) => {
      for (const who of ['ann', 'bob', 'cleo']) {
        const store = faulty(openStore({ ttl: 4_000 }));
        campaign(store, { key: 'service/digest', id: who, maxTerm: 10_000 })
          .pipe(recorder.record({ who, store }))
          .subscribe();
      }
    });
    const { findings } = checkHistory(recorder.records, { terms: 3, vacancy: 20_000 });
    expect(findings).toEqual([]);
  }); // a failure says with which seed, and what went wrong on which store
});
// #endregion

// #region real
test('the same store in real time, with the faults of one kind', { timeout: 30_000 }, async () => {
  await underFaults(async (faulty) => {
    const server = new MemoryServer(); // or etcd, Consul, ZooKeeper: faults come on top of any store
    const store = faulty(memoryStore({ server, ttl: 1_000 }), { faults: ['lost-claim'] });
    const leadership$ = campaign(store, { key: 'service/digest', id: 'ann' });
    await leadership$
      .pipe(
        observeOn(asapScheduler),
        takeWhile(({ elected }) => !elected),
      )
      .forEach(() => undefined);
    await store.close();
  });
});
// #endregion
