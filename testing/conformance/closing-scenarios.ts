import { filter, firstValueFrom, takeWhile } from 'rxjs';
import { campaign, follow } from '../../lib/index.js';
import type { ClaimState, LeadershipStore } from '../../lib/index.js';

/** Something that a process does with a store before it closes it and ends by itself. */
export type ClosingScenario = (store: LeadershipStore, key: string) => Promise<void>;

/** A claim that leaves when it is asked to, as campaigns do. */
function stakeUntilAsked(store: LeadershipStore, key: string): void {
  const leaving = ({ status }: ClaimState) => status !== 'leaving';
  store.lock(key, { id: 'me' }).pipe(takeWhile(leaving)).subscribe({ error: failed });
}

/** Ends the process with an error. */
function failed(error: unknown): never {
  throw error;
}

const isHeld = filter(({ status }: { status: string }) => status === 'held');

/**
 * For processes of their own, which must end by themselves after `close()`: that shows, better
 * than any count of handles, that no timer, socket or stream was left behind.
 */
export const closingScenarios = {
  'a store that was never used': async (store) => {
    await store.close();
  },
  'a store whose claim is held': async (store, key) => {
    await firstValueFrom(store.lock(key, { id: 'me' }).pipe(isHeld));
    stakeUntilAsked(store, key);
    await firstValueFrom(store.watch(key).pipe(filter(({ leader }) => leader !== undefined)));
    await store.close();
  },
  'a store whose claim is on its way': async (store, key) => {
    store.lock(key, { id: 'me' }).subscribe().unsubscribe();
    stakeUntilAsked(store, key);
    await store.close();
  },
  'a store that is watched': async (store, key) => {
    store.contenders(key).subscribe();
    await firstValueFrom(store.watch(key));
    store.watch(key).subscribe();
    await store.close();
  },
  'a campaign that leads, and a follower': async (store, key) => {
    const campaign$ = campaign(store, { key, id: 'me' });
    campaign$.subscribe();
    follow(store, key).subscribe();
    await firstValueFrom(campaign$.pipe(filter(({ elected }) => elected)));
    await store.close();
  },
} as const satisfies Readonly<Record<string, ClosingScenario>>;
