import { asyncScheduler, repeat, take } from 'rxjs';
import { expect, it } from 'vitest';
import { Candidate, LeadershipError } from '../../lib/index.js';
import { ScriptedStore } from '../support/scripted-store.js';

it('elected$ ends with false also when the campaign errs, and isLeader agrees', () => {
  const store = new ScriptedStore(asyncScheduler);
  const told: unknown[] = [];
  const candidate = new Candidate(store, 'a', 'one', { retry: { giveUp: () => true } });
  candidate.elected$.subscribe({
    next: (elected) => told.push([elected, candidate.isLeader]),
    error: (error: unknown) => told.push((error as LeadershipError).code),
  });
  candidate.start();
  store.claims[0]?.held(7n, store.lease());
  store.claims[0]?.fails(new LeadershipError('claim-lost', 'by the test'));
  return expect
    .poll(() => told)
    .toEqual([[false, false], [true, true], [false, false], 'claim-lost']);
});

it('resign() resolves with how the claim was given back', async () => {
  const store = new ScriptedStore(asyncScheduler);
  store.settles = false;
  const candidate = new Candidate(store, 'a', 'one').start();
  store.claims[0]?.held(7n, store.lease());
  const resigned = candidate.resign();
  const error = new LeadershipError('store-unreachable', 'no answer');
  store.claims[0]?.request.settled?.({ outcome: 'abandoned', error });
  await expect(resigned).resolves.toEqual({ outcome: 'abandoned', error });
  void candidate.stop();
});

/** A candidate on a store that answers each claim at once. */
function eager() {
  const store = new ScriptedStore(asyncScheduler);
  store.onClaim = (claim, index) => {
    claim.held(BigInt(index + 1), store.lease());
  };
  const open = () => store.claims.filter(({ unsubscribedAt }) => unsubscribedAt === undefined);
  return { store, open, candidate: new Candidate(store, 'a', 'one') };
}

it('an observer that subscribes again when the candidate stopped starts nothing', async () => {
  const { candidate, open } = eager();
  const observing = candidate.elected$.pipe(repeat({ delay: 0 })).subscribe();
  const eagerly = candidate.leadership$.pipe(repeat()).subscribe();
  candidate.start();
  expect(candidate.isLeader).toBe(true);
  await candidate.stop();
  expect([candidate.isLeader, open().length]).toEqual([false, 0]);
  observing.unsubscribe();
  eagerly.unsubscribe();
});

it('stop() inside the first joining stops, and resolves when it has', async () => {
  const { candidate, open } = eager();
  let stopped: Promise<void> | undefined;
  candidate.leadership$.pipe(take(1)).subscribe(() => {
    stopped = candidate.stop();
  });
  candidate.start();
  await stopped;
  expect([candidate.isLeader, open().length]).toEqual([false, 0]);
});

it('start() right after stop() runs again, once the claim is given back', async () => {
  const { candidate, open } = eager();
  candidate.start();
  const first = candidate.term?.token;
  const stopped = candidate.stop();
  candidate.start();
  await stopped;
  await expect.poll(() => candidate.term?.token).toBe(2n);
  expect([first, open().length]).toEqual([1n, 1]);
  await candidate.stop();
  expect(open()).toHaveLength(0);
});

it('stop() after that start() takes it back', async () => {
  const { candidate, open } = eager();
  candidate.start();
  void candidate.stop();
  candidate.start();
  await candidate.stop();
  expect([candidate.isLeader, open().length]).toEqual([false, 0]);
});
