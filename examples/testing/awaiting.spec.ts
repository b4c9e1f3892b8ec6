import { Candidate } from 'rx-leadership';
import { virtualStore } from 'rx-leadership/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { digests } from './digest.js';

// #region timers
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const open = () =>
  virtualStore({ ttl: 4_000, advanceTimers: (duration) => vi.advanceTimersByTimeAsync(duration) });

test('a digest each minute, until nobody knows whether we still lead', async () => {
  const store = open();
  const send = vi.fn((token: bigint) => Promise.resolve(`digest by ${token}`));
  const running = digests(store, 'ann', send).subscribe();
  await store.advance(150_000);
  expect(send).toHaveBeenCalledTimes(3); // at 0, 60 and 120 seconds
  store.cut();
  await store.advance(600_000);
  expect(send).toHaveBeenCalledTimes(3);
  running.unsubscribe();
  await store.close();
});
// #endregion

// #region process
test('the one that waits takes over in the middle of the night', async () => {
  const store = open();
  const other = store.another({ ttl: 4_000 });
  const send = vi.fn((token: bigint) => Promise.resolve(`digest by ${token}`));
  const running = [digests(store, 'ann', send), digests(other, 'bob', send)].map((digests$) =>
    digests$.subscribe(),
  );
  await store.advance(0);
  store.expire();
  await store.advance(4_000);
  expect(send.mock.calls).toEqual([[1n], [2n]]);
  for (const each of running) each.unsubscribe();
  await store.close();
  await other.close();
});
// #endregion

// #region clock
test('without fake timers: only what is given the clock of the store takes part in it', async () => {
  vi.useRealTimers();
  const store = virtualStore({ ttl: 4_000 });
  const candidate = new Candidate(store, 'service/digest', 'ann').start();
  await store.advance(0);
  const term = candidate.term!;
  const resume = store.suspend(); // renewals get no answer
  await store.advance(1_800);
  expect([term.signal.aborted, term.remaining()]).toEqual([false, 1_800]);
  resume(); // in time: the same term goes on
  await store.advance(60_000);
  expect(candidate.term).toBe(term);
  await store.until(candidate.stop()); // would wait for ever while time stands still
  await store.close(); // fails when a timer is left over
});
// #endregion
