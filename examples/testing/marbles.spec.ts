import { campaign, elected, whileFollower, whileLeader } from 'rx-leadership';
import { fakeTerm, scriptedLeadership, virtualElections } from 'rx-leadership/testing';
import { expect, test } from 'vitest';

// #region script
test('the work starts with each term and stops with it', () => {
  virtualElections(({ cold, expectObservable }) => {
    const work$ = scriptedLeadership('w--A----i--B---|').pipe(whileLeader(() => cold('-x-x-x-x')));
    expectObservable(work$).toBe('    ----x-x-----x-x|');
  });
});
// #endregion

// #region term
test('a failed job gives the key to somebody else', () => {
  const A = fakeTerm({ token: 7n });
  virtualElections(({ cold, expectObservable }) => {
    const jobs$ = cold('-#', undefined, 'disk full');
    const work$ = scriptedLeadership('w--A----i|', { terms: { A } }).pipe(
      whileLeader(() => jobs$, { onError: 'resign' }),
    );
    expectObservable(work$).toBe('    ---------|');
  });
  expect(A.resignations).toEqual(['disk full']);
});
// #endregion

test('outside of the terms something else is done', () => {
  virtualElections(({ expectObservable }) => {
    const follower$ = scriptedLeadership('w--A--i-|').pipe(whileFollower(() => ['reads']));
    expectObservable(follower$).toBe('    x-----x-|', { x: 'reads' });
  });
});

// #region election
test('when the leader is cut off, the other one leads, and not before its lease has run out', () => {
  virtualElections(({ openStore, at, expectObservable }) => {
    const [here, there] = [openStore({ ttl: 4_000 }), openStore({ ttl: 4_000 })];
    const leads = (store: typeof here, id: string) =>
      campaign(store, { key: 'service/digest', id }).pipe(elected());
    at(5_500, () => here.cut());
    const values = { t: true, f: false };
    expectObservable(leads(here, 'ann'), '^ 9s !').toBe('(ft) 7796ms f', values); // 5000 + 3600 - 800
    expectObservable(leads(there, 'bob'), '^ 9999ms !').toBe('f 8999ms t', values); // 5000 + 4000
  });
});
// #endregion
