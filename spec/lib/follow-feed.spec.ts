import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { EventSource as PackageEventSource } from 'eventsource';
import {
  followFeed,
  leaderChanges,
  openFeed,
  type EventSourceLike,
  type FollowFeedOptions,
  type LeaderView,
} from '../../index.js';
import type { FeedElectionState } from '../../lib/feed-wire.js';

type Listener = Parameters<EventSourceLike['addEventListener']>[1];

/** Plays the browser's: the test is the server. */
class FakeSource implements EventSourceLike {
  static readonly all: FakeSource[] = [];
  readyState = 0;
  readonly #listeners = new Map<string, Listener>();

  constructor() {
    FakeSource.all.push(this);
  }
  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener);
  }
  close(): void {
    this.readyState = 2;
  }
  sends(type: string, data = ''): void {
    this.#listeners.get(type)?.({ type, data });
  }
  snapshot(state: FeedElectionState, every = 100): void {
    this.sends('leadership', JSON.stringify({ now: 0, every, elections: { jobs: state } }));
  }
  beat(): void {
    this.sends('heartbeat');
  }
  breaks(readyState: 0 | 2): void {
    this.readyState = readyState;
    this.sends('error');
  }
}

const led = (token: number): FeedElectionState => ({
  leader: { id: 'ann', token: String(token) },
  stale: false,
});
const vacant: FeedElectionState = { leader: null, stale: false };
const retry = { initial: 1_000, jitter: 0 };
const show = ({ leader, stale }: LeaderView) =>
  `${String(leader?.token ?? 'nobody')}${stale ? '?' : ''}`;

let scheduler: TestScheduler;
let seen: string[];
const source = () => FakeSource.all.at(-1)!;
const at = (time: number, act: () => void) => scheduler.schedule(act, time);

function watching(options: Partial<FollowFeedOptions> = {}) {
  const view$ = followFeed('/events', 'jobs', {
    EventSource: FakeSource,
    scheduler,
    retry,
    ...options,
  });
  return view$.subscribe((view) => seen.push(`${String(scheduler.now())} ${show(view)}`));
}

beforeEach(() => {
  FakeSource.all.length = 0;
  seen = [];
  scheduler = new TestScheduler(() => undefined);
  scheduler.maxFrames = 10_000;
});

describe('followFeed', () => {
  it('emits each leader and each vacancy, and never the same twice in a row', () => {
    const subscription = watching({ staleAfter: 5_000 });
    at(10, () => source().snapshot(led(1)));
    at(20, () => source().snapshot({ ...led(1), since: 5 }));
    at(30, () => source().snapshot(vacant));
    at(40, () => source().snapshot(led(2)));
    at(50, () => subscription.unsubscribe());
    scheduler.flush();
    expect(seen).toEqual(['10 1', '30 nobody', '40 2']);
  });

  it('is cold, shares one EventSource, and closes it when the last subscriber has left', () => {
    const view$ = followFeed('/events', 'jobs', { EventSource: FakeSource, scheduler });
    expect(FakeSource.all).toEqual([]);
    const [first, second] = [view$.subscribe(), view$.subscribe()];
    expect(FakeSource.all).toHaveLength(1);
    first.unsubscribe();
    expect(source().readyState).toBe(0);
    second.unsubscribe();
    expect(source().readyState).toBe(2);
  });

  it('is stale two and a half heartbeats after the last sign of life, and connects anew', () => {
    const subscription = watching();
    at(10, () => source().snapshot(led(1), 100));
    at(110, () => source().beat());
    at(1_500, () => source().snapshot(led(1), 100)); // the second one, of 360 + 1 000
    at(1_600, () => subscription.unsubscribe());
    scheduler.flush();
    expect(seen).toEqual(['10 1', '360 1?', '1500 1']);
    expect(FakeSource.all.map(({ readyState }) => readyState)).toEqual([2, 2]);
  });

  it('is stale at once when the connection breaks, until it is back', () => {
    const subscription = watching({ staleAfter: 500 });
    at(10, () => source().snapshot(led(1)));
    at(20, () => source().breaks(0));
    at(200, () => source().beat()); // nothing has changed meanwhile
    at(300, () => subscription.unsubscribe());
    scheduler.flush();
    expect(seen).toEqual(['10 1', '20 1?', '200 1']);
    expect(FakeSource.all).toHaveLength(1);
  });

  it('tries again after the browser has given up, or errors when that is wanted', () => {
    const subscription = watching();
    at(10, () => source().breaks(2));
    at(1_020, () => source().snapshot(led(1)));
    at(1_030, () => subscription.unsubscribe());
    scheduler.flush();
    expect(seen).toEqual(['10 nobody?', '1020 1']);

    const errors: unknown[] = [];
    followFeed('/events', 'jobs', { EventSource: FakeSource, retry: false }).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    source().breaks(2);
    expect(errors).toMatchObject([{ code: 'store-unreachable' }]);
  });

  it('shows what the server itself knows as stale, with its code', () => {
    const views: LeaderView[] = [];
    const options = { EventSource: FakeSource, scheduler };
    const subscription = followFeed('/events', 'jobs', options).subscribe((view) =>
      views.push(view),
    );
    source().snapshot({ ...led(1), stale: true, error: 'access-denied' });
    expect(views).toMatchObject([{ leader: { token: 1n }, stale: true }]);
    expect(views[0]?.error).toMatchObject({ code: 'access-denied', retryable: false });
    subscription.unsubscribe();
  });

  it('never shows an older term after a newer one, until the server stays with it', () => {
    const subscription = watching({ staleAfter: 5_000 });
    at(10, () => source().snapshot(led(7)));
    at(20, () => source().snapshot(led(6)));
    at(30, () => source().snapshot(led(8)));
    at(40, () => source().snapshot(led(2)));
    at(50, () => source().beat());
    at(60, () => source().beat());
    at(70, () => source().snapshot({ ...led(1), stale: true, error: 'data-lost' }));
    at(80, () => subscription.unsubscribe());
    scheduler.flush();
    expect(seen).toEqual(['10 7', '20 7?', '30 8', '40 8?', '60 2', '70 1?']);
  });

  it('says when the feed has no such election, and when what comes is no feed', () => {
    const views: LeaderView[] = [];
    const options = { EventSource: FakeSource, scheduler, retry };
    const subscription = followFeed('/events', 'other', options).subscribe((view) =>
      views.push(view),
    );
    source().snapshot(led(1));
    expect(views.at(-1)).toMatchObject({ stale: true, error: { code: 'unsupported' } });
    subscription.unsubscribe();
    for (const data of ['<html>', '{}', 'null', '{"every":1,"elections":{"a":{"leader":{}}}}']) {
      const garbled = followFeed('/events', 'jobs', options).subscribe((view) => views.push(view));
      source().sends('leadership', data);
      expect(views.at(-1)).toMatchObject({ stale: true, error: { code: 'store-refused' } });
      garbled.unsubscribe();
    }
  });

  it('follows several elections over one connection', () => {
    const feed$ = openFeed('/events', { EventSource: FakeSource, scheduler });
    const seenBy: Record<string, string[]> = { jobs: [], mails: [] };
    const subscriptions = Object.entries(seenBy).map(([key, views]) =>
      followFeed(feed$, key)
        .pipe(leaderChanges())
        .subscribe(({ current }) => views.push(String(current?.token))),
    );
    expect(FakeSource.all).toHaveLength(1);
    const elections = { jobs: led(1), mails: led(2) };
    source().sends('leadership', JSON.stringify({ now: 0, every: 100, elections }));
    expect(seenBy).toEqual({ jobs: ['1'], mails: ['2'] });
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(source().readyState).toBe(2);
  });

  it('refuses at the call what cannot work', () => {
    expect(() => followFeed('/events', '/')).toThrow('must name an election');
    expect(() => followFeed('/events', 'jobs', { staleAfter: -1 })).toThrow('staleAfter');
    if ('EventSource' in globalThis) return;
    expect(() => followFeed('/events', 'jobs')).toThrow('there is no EventSource');
  });

  it('takes the EventSource of the package', () => {
    expectTypeOf<typeof PackageEventSource>().toExtend<FollowFeedOptions['EventSource']>();
  });
});
