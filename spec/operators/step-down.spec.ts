import { filter, firstValueFrom, lastValueFrom, take, takeUntil, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { campaign } from '../../lib/campaign.js';
import type { LeadershipStore } from '../../lib/contract.js';
import { resignWhen } from '../../operators/resign-when.js';
import { askToStepDown, stepDownRequests } from '../../operators/step-down.js';
import { memoryStore } from '../../stores/memory/index.js';

const key = 'service/jobs/leader';

/** Waits until this one leads. */
const leads = (store: LeadershipStore, id: string) =>
  firstValueFrom(store.watch(key).pipe(filter(({ leader }) => leader?.id === id)));

it('a leader that listens steps down, and who asked learns who it was', async () => {
  const store = memoryStore();
  const asked = (token: bigint) => stepDownRequests(store, key).pipe(filter((t) => t === token));
  const states: string[] = [];
  const ann = campaign(store, { key, id: 'ann' })
    .pipe(resignWhen(({ token }) => asked(token)))
    .subscribe(({ state }) => states.push(state));
  const bob = campaign(store, { key, id: 'bob' }).subscribe();
  await leads(store, 'ann');
  const before = await firstValueFrom(askToStepDown(store, key, 'on call'));
  expect(before.id).toBe('ann');
  await leads(store, 'bob');
  expect(states).toContain('cooling-down');
  ann.unsubscribe();
  bob.unsubscribe();
  await store.close();
});

it('takes the key from nobody who does not listen, and the wish back with the subscription', async () => {
  const store = memoryStore();
  const ann = campaign(store, { key, id: 'ann' }).subscribe();
  await leads(store, 'ann');
  const asked$ = askToStepDown(store, key, 'on call').pipe(takeUntil(timer(50)));
  const wished = firstValueFrom(stepDownRequests(store, key).pipe(take(1)), { defaultValue: 0n });
  expect(await lastValueFrom(asked$, { defaultValue: undefined })).toBeUndefined();
  const { leader } = await firstValueFrom(store.watch(key));
  expect(leader?.id).toBe('ann');
  expect(await wished).toBe(leader?.token);
  const left = await firstValueFrom(store.contenders(`${key}.step-down`));
  expect(left).toEqual([]);
  ann.unsubscribe();
  await store.close();
});

it('says that nobody leads', async () => {
  const store = memoryStore();
  await expect(lastValueFrom(askToStepDown(store, key, 'on call'))).rejects.toMatchObject({
    code: 'no-leader',
  });
  await store.close();
});
