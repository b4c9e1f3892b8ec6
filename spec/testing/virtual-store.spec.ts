import { exhaustMap, interval, map, timer } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { campaign, Candidate, type Leadership } from '../../lib/index.js';
import { whileLeader } from '../../operators/index.js';
import { virtualStore, type VirtualStore } from '../../testing/index.js';

const ttl = 4_000; // margin 400, drain 800: without answers a term ends by signal after 2 800
const state = map(({ state }: Leadership) => state);

/** What was emitted, with the time at which it was. */
function timeline(store: VirtualStore, leadership$ = campaign(store, { key: 'k', id: 'me' })) {
  const seen: string[] = [];
  const started = store.scheduler.now();
  leadership$
    .pipe(state)
    .subscribe((state) => seen.push(`${Math.round(store.scheduler.now() - started)} ${state}`));
  return seen;
}

describe('virtualStore', () => {
  it('lets no time pass but what the test lets pass', async () => {
    const store = virtualStore({ ttl });
    const seen = timeline(store);
    await store.advance(0);
    expect(seen).toEqual(['0 joining', '0 leading']);
    await store.advance(100_000);
    expect(seen).toHaveLength(2);
    expect(store.scheduler.now()).toBe(100_000);
    await store.close();
  });

  it('runs the promises between two timers, however long their chains are', async () => {
    const store = virtualStore({ ttl });
    const log: string[] = [];
    const job = async (n: number) => {
      for (let link = 0; link < 1_000; link += 1) await Promise.resolve();
      log.push(`${store.scheduler.now()} job ${n}`);
    };
    const work = () => timer(0, 10, store.scheduler).pipe(exhaustMap((n) => job(n)));
    const campaign$ = campaign(store, { key: 'k', id: 'me' });
    const running = campaign$.pipe(whileLeader(work)).subscribe();
    await store.advance(20);
    expect(log).toEqual(['0 job 0', '10 job 1', '20 job 2']);
    running.unsubscribe();
    await store.close();
  });

  it('plays several processes on one server and one clock', async () => {
    const store = virtualStore({ ttl });
    const other = store.another({ ttl });
    const [one, two] = [timeline(store), timeline(other)];
    await store.advance(1_000);
    store.cut();
    await other.advance(ttl);
    expect(one.slice(0, 5)).toEqual([
      ...['0 joining', '0 leading', '2500 suspended', '3800 resigning', '3800 interrupted'],
    ]);
    expect(two).toEqual(['0 joining', '0 waiting', '5000 leading']);
    await store.close();
    await other.close();
  });

  it('waits for what would never come while time stands still', async () => {
    const store = virtualStore({ ttl, latency: 50 });
    const candidate = new Candidate(store, 'k', 'me').start();
    await store.advance(500);
    expect(candidate.isLeader).toBe(true);
    await store.until(candidate.stop());
    expect(store.server.queue('k')).toEqual([]);
    await expect(store.until(Promise.reject(new Error('why')))).rejects.toThrow('why');
    await expect(store.until(new Promise(() => undefined), 70)).rejects.toThrow('after 70 ms');
    await store.close();
  });

  it('rejects with what a timer threw', async () => {
    const store = virtualStore();
    store.scheduler.schedule(() => {
      throw new Error('from a timer');
    }, 5);
    await store.advance(4);
    await expect(store.advance(1)).rejects.toThrow('from a timer');
    await expect(store.advance(-1)).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it('finds what goes on when the last store is closed, and where that was started', async () => {
    const store = virtualStore();
    const other = store.another();
    const endless = interval(100, store.scheduler).subscribe();
    await other.close();
    await expect(store.close()).rejects.toThrow(/leak: 1 still .*\n.*\n.*virtual-store\.spec/u);
    endless.unsubscribe();
  });
});

describe('what happens to a leader', () => {
  const store = virtualStore({ ttl });
  let seen: string[];
  let candidate: Candidate;

  beforeEach(async () => {
    candidate = new Candidate(store, 'k', 'me', { retry: { initial: 100 } });
    seen = timeline(store, candidate.leadership$);
    candidate.start();
    await store.advance(0);
    seen.length = 0;
  });

  afterEach(async () => {
    await store.until(candidate.stop());
  });

  it('expire: the term is lost at once', async () => {
    const { term } = candidate;
    store.expire();
    await store.advance(0);
    expect(seen.slice(0, 2)).toEqual(['0 resigning', '0 interrupted']);
    expect(term?.isValid()).toBe(false);
  });

  it('suspend: a renewal is overdue; undone in time, the same term goes on', async () => {
    const { term } = candidate;
    const resume = store.suspend();
    await store.advance(1_999);
    resume();
    await store.advance(2_000);
    expect(seen).toEqual(['1500 suspended', '2000 leading']);
    expect(candidate.term).toBe(term);
  });

  it('suspend, not undone: the term expires, though nobody says so', async () => {
    store.suspend();
    await store.advance(2_800);
    expect(seen.slice(0, 2)).toEqual(['1500 suspended', '2800 resigning']);
  });

  it('cut, and mended: another term', async () => {
    const { term } = candidate;
    const heal = store.cut();
    await store.advance(ttl);
    expect(candidate.isLeader).toBe(false);
    heal();
    await store.advance(ttl);
    expect(candidate.term?.token).toBeGreaterThan(term!.token);
  });

  it('deleteClaim: the operator takes the key away', async () => {
    expect(store.deleteClaim('k')).toBe(true);
    await store.advance(0);
    expect(seen[0]).toBe('0 resigning');
  });

  it('holdReplies: what is acknowledged too late revives nothing', async () => {
    const arrive = store.holdReplies();
    await store.advance(3_599);
    expect(seen.slice(0, 2)).toEqual(['1500 suspended', '2800 resigning']);
    arrive();
    await store.advance(0);
    expect(candidate.isLeader).toBe(false);
  });

  it('loseReplies: a claim whose answer is lost is there all the same, and leads later', async () => {
    await store.until(candidate.stop());
    const mend = store.loseReplies('claim');
    candidate.start();
    await store.advance(400);
    expect(candidate.isLeader).toBe(false);
    expect(store.server.queue('k')).toHaveLength(1);
    mend();
    await store.advance(600);
    expect(candidate.isLeader).toBe(true);
  });
});

describe('with the fake timers of a runner', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const advanceTimers = (duration: number) => vi.advanceTimersByTimeAsync(duration);

  it('takes along all that knows only setTimeout', async () => {
    const store = virtualStore({ ttl, advanceTimers });
    const log: string[] = [];
    const job = async (n: number) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      log.push(`job ${n} done`);
    };
    const work = () => timer(0, 500).pipe(exhaustMap((n) => job(n)));
    const campaign$ = campaign(store, { key: 'k', id: 'me' });
    const seen = timeline(store, campaign$);
    const running = campaign$.pipe(whileLeader(work)).subscribe();
    await store.advance(1_299);
    expect(log).toEqual(['job 0 done', 'job 1 done']);
    store.cut();
    await store.advance(60_000);
    expect(seen).toContain('3800 resigning');
    expect(log).toHaveLength(8); // one each 500 ms until 3 800
    running.unsubscribe();
    await store.close();
  });

  it('is not confused by them when its time is its own', async () => {
    const store = virtualStore({ ttl });
    const seen = timeline(store);
    await store.advance(10_000);
    store.cut();
    await store.advance(10_000);
    expect(seen.slice(2, 4)).toEqual(['11500 suspended', '12800 resigning']);
    await store.close();
  });

  it('says so when they leave the clock of leases as it is', async () => {
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
    const store = virtualStore({ ttl, advanceTimers });
    await expect(store.advance(5_000)).rejects.toThrow(/performance\.now\(\) [\d.]+ ms behind/u);
  });
});
