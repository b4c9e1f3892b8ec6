import { asyncScheduler } from 'rxjs';
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
