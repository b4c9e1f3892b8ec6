import '@angular/compiler';
import {
  createEnvironmentInjector,
  NgZone,
  PLATFORM_ID,
  runInInjectionContext,
  type EnvironmentInjector,
} from '@angular/core';
import { expect, it, vi } from 'vitest';
import {
  injectElection,
  injectLeadership,
  provideLeadership,
  type LeadershipConfig,
} from '../../angular/index.js';
import { memoryStore } from '../../stores/memory/index.js';

function injectorWith(config: LeadershipConfig, platform: string): EnvironmentInjector {
  const zone = {
    run: (work: () => unknown) => work(),
    runOutsideAngular: (w: () => unknown) => w(),
  };
  return createEnvironmentInjector(
    [
      { provide: NgZone, useValue: zone },
      { provide: PLATFORM_ID, useValue: platform },
      provideLeadership(config),
    ],
    null as never, // as at the root
  );
}

it('closes the store that it made with the injector, and leaves in order before', async () => {
  const store = memoryStore();
  const close = vi.spyOn(store, 'close');
  const injector = injectorWith({ store: () => store }, 'browser');
  const { candidate, view } = runInInjectionContext(injector, () => ({
    candidate: injectElection({ key: 'sync', id: 'me' }),
    view: injectLeadership('sync'),
  }));
  await vi.waitFor(() => expect(candidate.elected()).toBe(true));
  await vi.waitFor(() => expect(view.leader()?.id).toBe('me'));
  injector.destroy();
  expect(close).toHaveBeenCalledOnce();
});

it('opens nothing where pages are rendered on a server', () => {
  const store = vi.fn(() => memoryStore());
  const injector = injectorWith({ store }, 'server');
  runInInjectionContext(injector, () => {
    expect(injectLeadership('sync').view()).toEqual({ leader: undefined, stale: true });
    expect(injectElection({ key: 'sync', id: 'me' }).elected()).toBe(false);
  });
  injector.destroy();
  expect(store).not.toHaveBeenCalled();
});

it('says what is wrong: nothing is provided, or one can only look', () => {
  const feed = injectorWith({ feed: '/leadership/events' }, 'browser');
  expect(() =>
    runInInjectionContext(feed, () => injectElection({ key: 'sync', id: 'me' })),
  ).toThrow(/\[unsupported\] injectElection needs a store/);
  const none = createEnvironmentInjector([], null as never);
  expect(() => runInInjectionContext(none, () => injectLeadership('sync'))).toThrow(
    /\[invalid-option\] nothing provides leadership: add provideLeadership/,
  );
});
