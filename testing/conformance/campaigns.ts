import { filter, map, NEVER, Subject, switchMap, tap, timer, type Observable } from 'rxjs';
import { campaign, follow } from '../../lib/index.js';
import type { CampaignOptions, Leadership, LeadershipStore, Term } from '../../lib/index.js';
import { expectEqual, expectThat, print } from '../assert.js';
import { checkHistory } from '../check-history.js';
import { HistoryRecorder } from '../history-recorder.js';
import type { Bench } from './bench.js';
import { eventually, isRising, pause } from './eventually.js';
import type { ConformanceCase } from './harness.js';
import type { Seen } from './seen.js';

const is = (state: Leadership['state']) => (leadership: Leadership) => leadership.state === state;

/** What is built on a store: it is the store's promises that make these true. */
export const campaignCases: readonly ConformanceCase[] = [
  {
    name: 'a campaign is joining first, then leads',
    run: async (bench) => {
      const { seen } = run(bench, await bench.open(), 'me');
      expectEqual(seen.values[0], { elected: false, state: 'joining' });
      await seen.shows('leading', is('leading'));
      const shown = seen.values.filter(({ elected }) => !elected).map(({ state }) => state);
      expectThat(
        shown.every((state) => ['joining', 'waiting'].includes(state)),
        print(shown),
      );
    },
  },
  { name: 'ten campaigns that resign again and again never lead at one time', run: tenCampaigns },
  {
    name: 'who resigns goes to the back of the queue, and leads again with a larger token',
    asks: ['queue'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = run(bench, one, 'first');
      const term = await first.leads();
      const second = run(bench, two, 'second');
      await second.seen.shows('waiting', is('waiting'));
      term.resign();
      const next = await second.leads();
      expectThat(!term.isValid() && term.signal.aborted, 'the first term is over');
      await first.seen.shows('waiting', is('waiting'));
      next.resign();
      expectThat((await first.leads(next.token)).token > next.token, 'with a larger token');
    },
  },
  {
    name: 'a campaign that is stopped completes after the key is given back, in every state',
    run: stopped,
  },
  {
    name: 'a campaign that is unsubscribed gives the key back, in every state',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      for (const delay of [0, 1, 5, bench.soon / 2]) {
        const { seen } = run(bench, one, `after ${delay}`);
        await pause(delay);
        seen.leave();
        const next = run(bench, two, 'next');
        await next.leads();
        next.stop();
        await next.seen.completes();
      }
    },
  },
  {
    name: 'a term that is cut off ends before another begins',
    needs: ['cut'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const recorder = new HistoryRecorder();
      const first = run(bench, one, 'first', {}, recorder);
      const term = await first.leads();
      const second = run(bench, two, 'second', {}, recorder);
      await second.seen.shows('waiting', is('waiting'));
      const mend = await bench.cut(one);
      await first.seen.hasShown('suspended', is('suspended'), bench.ttl);
      const next = await second.leads(term.token, bench.hold);
      expectThat(!term.isValid(), 'the first term is over');
      await mend();
      await first.seen.shows('waiting', is('waiting'), 2 * bench.ttl);
      next.resign();
      await first.leads(next.token);
      expectEqual(checkHistory(recorder.records, { terms: 3, changes: 2 }).findings, []);
    },
  },
  {
    name: 'who steps down when suspended leads again, with a larger token, once it can',
    needs: ['cut'],
    run: async (bench) => {
      const store = await bench.open();
      const { seen, leads } = run(bench, store, 'me', { whenSuspended: 'step-down' });
      const term = await leads();
      const mend = await bench.cut(store);
      await seen.shows('interrupted', is('interrupted'), bench.ttl);
      expectThat(!term.isValid(), 'it stepped down before its lease was over');
      await mend();
      expectThat((await leads(term.token, 2 * bench.ttl)).token > term.token, 'a new term');
    },
  },
  {
    name: 'work that never ends is cut at the end of its drain, and the key given on',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const drain = bench.ttl / 20;
      const first = run(bench, one, 'first', { drain });
      const term = await first.leads();
      const working = bench.see(term.waitUntil(NEVER));
      const second = run(bench, two, 'second');
      await second.seen.shows('waiting', is('waiting'));
      term.resign();
      await second.leads(term.token, drain + bench.soon);
      expectThat(!term.isValid(), 'the term is over');
      expectEqual(working.values.length, 0);
    },
  },
  {
    name: 'a drain longer than the lease has room for is refused at the call',
    run: async (bench) => {
      const store = await bench.open();
      const { ttl, margin, gap } = store.timing();
      let refused: unknown;
      try {
        campaign(store, { key: bench.key, id: 'me', drain: ttl - margin - gap }); // eslint-disable-line rxjs-x/no-floating-observables
      } catch (error) {
        refused = error;
      }
      expectEqual((refused as { code?: string } | undefined)?.code, 'invalid-option');
    },
  },
  {
    name: 'a follower sees each term of a campaign, and the vacancy after the last',
    run: followed,
  },
  {
    name: 'campaigns complete when their store is closed, and the key is given on',
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = run(bench, one, 'first');
      await first.leads();
      const second = run(bench, one, 'second');
      const next = run(bench, two, 'next');
      await one.close();
      await Promise.all([first.seen.completes(), second.seen.completes()]);
      await next.leads();
    },
  },
  {
    name: 'a holder whose claim is deleted by hand leads again, behind the others',
    needs: ['deleteClaim'],
    run: async (bench) => {
      const [one, two] = [await bench.open(), await bench.open()];
      const first = run(bench, one, 'first');
      const term = await first.leads();
      const second = run(bench, two, 'second');
      await second.seen.shows('waiting', is('waiting'));
      await bench.lever('deleteClaim')(bench.key, 'first');
      const next = await second.leads(term.token);
      await eventually('the end of the first term', bench.soon, () => !term.isValid());
      const why = first.seen.values.find(is('interrupted'));
      expectThat(why?.state === 'interrupted' && why.ended?.reason === 'lost', print(why));
      await first.seen.shows('waiting', is('waiting'), bench.ttl);
      next.resign();
      await first.leads(next.token);
    },
  },
];

interface Running {
  readonly seen: Seen<Leadership>;
  readonly stop: () => void;
  /** Its term, with a token larger than `than`. */
  readonly leads: (than?: bigint, within?: number) => Promise<Term>;
}

function run(
  bench: Bench,
  store: LeadershipStore,
  id: string,
  options: Partial<CampaignOptions> = {},
  recorder = new HistoryRecorder(),
): Running {
  const stop$ = new Subject<void>();
  const retry = { initial: bench.ttl / 10, longest: bench.ttl / 4 };
  const campaign$ = campaign(store, { key: bench.key, id, retry, until: stop$, ...options });
  const seen = bench.see(campaign$.pipe(recorder.record({ who: id, store })));
  const leads = async (than = -1n, within?: number) => {
    const isLater = (leadership: Leadership) => leadership.elected && leadership.term.token > than;
    const shown = await seen.shows(`a term after ${than}`, isLater, within);
    if (!shown.elected) throw new Error('not elected');
    return shown.term;
  };
  return { seen, leads, stop: () => stop$.next() };
}

async function tenCampaigns(bench: Bench): Promise<void> {
  const nextStore = await bench.openSome(3);
  const recorder = new HistoryRecorder();
  const resigning = (campaign$: Observable<Leadership>, store: LeadershipStore) =>
    campaign$.pipe(
      filter((leadership) => leadership.elected),
      map(({ term }) => term),
      switchMap((term) => timer(5, store.scheduler).pipe(tap(() => term.resign()))),
    );
  for (let n = 0; n < 10; n += 1) {
    const store = nextStore();
    const who = `candidate ${n}`;
    const campaign$ = campaign(store, { key: bench.key, id: who });
    bench.see(resigning(campaign$.pipe(recorder.record({ who, store, every: 5 })), store));
  }
  const started = () => recorder.records.filter(({ e }) => e === 'start');
  await eventually(
    'thirty terms',
    4 * bench.ttl,
    () => started().length >= 30,
    () => `there were ${started().length}`,
  );
  const { findings } = checkHistory(recorder.records, { terms: 30, changes: 10 });
  expectEqual(findings, []);
}

async function stopped(bench: Bench): Promise<void> {
  const [one, two] = [await bench.open(), await bench.open()];
  const joining = run(bench, one, 'joining');
  joining.stop();
  await joining.seen.completes();
  const leading = run(bench, one, 'leading');
  const term = await leading.leads();
  const waiting = run(bench, two, 'waiting');
  await waiting.seen.shows('waiting', is('waiting'));
  waiting.stop();
  await waiting.seen.completes();
  leading.stop();
  await leading.seen.completes();
  expectThat(!leading.seen.last?.elected && !term.isValid(), 'the last is not elected');
  await bench.stake(two, 'next').isHeld();
}

async function followed(bench: Bench): Promise<void> {
  const [one, two] = [await bench.open(), await bench.open()];
  const views = bench.see(follow(two, bench.key));
  const { leads, stop } = run(bench, one, 'me');
  let newest = -1n;
  for (let round = 0; round < 3; round += 1) {
    const term = await leads(newest);
    newest = term.token;
    await views.shows('the term', ({ leader }) => leader?.token === newest);
    if (round < 2) term.resign();
  }
  stop();
  await views.shows('vacant', ({ leader, stale }) => leader === undefined && !stale);
  const tokens = views.values.flatMap(({ leader }) => leader?.token ?? []);
  expectThat(isRising(tokens), print(tokens));
}
