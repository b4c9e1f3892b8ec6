import {
  connect,
  distinctUntilChanged,
  filter,
  map,
  merge,
  mergeMap,
  Observable,
  ReplaySubject,
  scan,
  share,
  startWith,
  switchMap,
  throwError,
  timer,
  type SchedulerLike,
} from 'rxjs';
import { resolveBackoff, type RetryOptions } from './backoff.js';
import { monotonicScheduler } from './clock.js';
import { LeadershipError } from './errors.js';
import { nextViews, nothingYet, type FeedNews, type FeedViews } from './feed-views.js';
import { feedEvents, silenceAfter, type FeedSnapshot } from './feed-wire.js';
import type { LeaderView } from './follow.js';
import { normalKey } from './key.js';
import { retryVisibly } from './retry-visibly.js';
import { checkDuration } from './timing.js';

/** What is used of an `EventSource`: that of browsers, or of the package `eventsource`. */
export interface EventSourceLike {
  readonly readyState: number;
  addEventListener(
    type: string,
    listener: (event: { readonly type: string; readonly data?: string }) => void,
  ): void;
  close(): void;
}

/** How to connect to a feed. All durations are milliseconds. */
export interface FollowFeedOptions {
  /**
   * After how long without a sign of life what was told last is stale, and the connection is made
   * anew. Default: two and a half heartbeats, as often as the server says that they come.
   */
  readonly staleAfter?: number | undefined;
  /** Send cookies to another origin too. Default `false`. */
  readonly withCredentials?: boolean | undefined;
  /** Default: the global one. On Node that of the package `eventsource`. */
  readonly EventSource?:
    (new (url: string, init?: { withCredentials?: boolean }) => EventSourceLike) | undefined;
  /** `false`: what the connection cannot resume by itself is an error notification. */
  readonly retry?: false | RetryOptions | undefined;
  /** Its timers. In tests: a `TestScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** For the first sign of life, before the server has said how often it gives one. */
const firstSign = 10_000;
/** `EventSource.CLOSED`: it does not connect again by itself. */
const closed = 2;

/**
 * Everything that a feed (`rx-leadership/feed`) tells, over one connection: for several elections.
 * See {@link followFeed}, which takes it instead of a URL.
 *
 * - Cold, then shared: one `EventSource`, which is closed when the last subscriber has left.
 * - Never errors, unless `retry` says so, and never completes.
 *
 * @throws LeadershipError `invalid-option` at the call, `unsupported` where there is no EventSource.
 */
export function openFeed(
  url: string | URL,
  options: FollowFeedOptions = {},
): Observable<FeedViews> {
  const { staleAfter, scheduler = monotonicScheduler } = options;
  if (staleAfter !== undefined) checkDuration('staleAfter', staleAfter, 1);
  const delay = resolveBackoff(options.retry, firstSign);
  const tell = (error: unknown, retryIn: number): FeedNews => ({ is: 'lost', error, retryIn });
  return connection(url, options).pipe(
    failWhenSilent(staleAfter, scheduler),
    retryVisibly({ delay, proof: firstSign, tell, clock: scheduler, scheduler }),
    scan(nextViews, nothingYet),
    share({ connector: () => new ReplaySubject<FeedViews>(1) }),
  );
}

/**
 * Who leads `key`, as a feed (`rx-leadership/feed`) tells it: `follow` for browsers.
 *
 *     the feed   -a--b--x      a and b leaders, x: heartbeats stop
 *     result     -a--b----s    s the last known, stale, with its error
 *
 * - Emits the present leader, then each change; a vacancy is a value, and so is the loss of contact:
 *   at once when the connection breaks, within `staleAfter` when nothing more comes. Also `stale`:
 *   what the server itself knows as stale, and an election that the feed does not have.
 *   Never the same twice in a row.
 * - An older term after a newer one (from another server behind the same address, say) is not shown;
 *   while there is one, what is known is stale. A server that stays with it is believed after two
 *   heartbeats.
 * - Cold, then shared; a late subscriber gets the present view. The `EventSource` is closed when the
 *   last one has left.
 * - Never errors, unless `retry` says so, and never completes.
 *
 * @example
 * followFeed('/leadership/events', 'service/jobs/leader').subscribe(({ leader, stale }) => {
 *   console.log(leader?.id ?? 'nobody', stale ? '(not certain)' : '');
 * });
 * @throws LeadershipError `invalid-option` at the call, `unsupported` where there is no EventSource.
 * @param feed The URL of the feed; or what `openFeed` gives, to share one connection.
 * @param key The election, as the feed names it.
 */
export function followFeed(
  feed: string | URL | Observable<FeedViews>,
  key: string,
  options: FollowFeedOptions = {},
): Observable<LeaderView> {
  const election = normalKey(key);
  const views$ = feed instanceof Observable ? feed : openFeed(feed, options);
  return views$.pipe(
    map((views) => views.elections.get(election) ?? unseen(election, views)),
    distinctUntilChanged(sameView),
    share({ connector: () => new ReplaySubject<LeaderView>(1) }),
  );
}

function unseen(key: string, { error, retryIn }: FeedViews): LeaderView {
  const unknown = { leader: undefined, stale: true };
  if (error === undefined) return { ...unknown, error: notInFeed(key) };
  return retryIn === undefined ? { ...unknown, error } : { ...unknown, error, retryIn };
}

function sameView(before: LeaderView, now: LeaderView): boolean {
  const sameTerm = before.leader?.token === now.leader?.token;
  return sameTerm && before.stale === now.stale && String(before.error) === String(now.error);
}

/** One `EventSource`, which errors once it does not connect again by itself. */
function connection(url: string | URL, options: FollowFeedOptions): Observable<FeedNews> {
  const global = globalThis as Pick<FollowFeedOptions, 'EventSource'>;
  const Source = options.EventSource ?? global.EventSource;
  if (Source === undefined) throw noEventSource();
  return new Observable((subscriber) => {
    const source = new Source(String(url), { withCredentials: options.withCredentials ?? false });
    source.addEventListener(feedEvents.snapshot, ({ data }) => {
      try {
        subscriber.next({ is: 'snapshot', snapshot: parsed(data) });
      } catch (cause) {
        subscriber.error(noFeed(cause));
      }
    });
    source.addEventListener(feedEvents.beat, () => subscriber.next({ is: 'beat' }));
    source.addEventListener('error', () => {
      if (source.readyState === closed) subscriber.error(refused());
      else subscriber.next({ is: 'lost', error: broken() });
    });
    return () => source.close();
  });
}

/** A connection over which nothing comes may have no other end any more. */
function failWhenSilent(staleAfter: number | undefined, scheduler: SchedulerLike) {
  let every: number | undefined;
  const bound = () => staleAfter ?? (every === undefined ? firstSign : silenceAfter(every));
  return connect((news$: Observable<FeedNews>) =>
    merge(
      news$.pipe(
        filter(({ is }) => is !== 'lost'),
        startWith(undefined),
        switchMap((news) => {
          if (news?.is === 'snapshot') every = news.snapshot.every;
          return timer(bound(), scheduler);
        }),
        mergeMap(() => throwError(silent)),
      ),
      news$,
    ),
  );
}

function parsed(data: string | undefined): FeedSnapshot {
  const snapshot = JSON.parse(data ?? '') as Partial<FeedSnapshot> | null;
  if (typeof snapshot?.elections !== 'object' || !(Number(snapshot.every) > 0))
    throw new TypeError('no elections, or no interval of heartbeats');
  for (const { leader } of Object.values(snapshot.elections))
    if (leader !== null) BigInt(leader.token); // throws when it is no token
  return snapshot as FeedSnapshot;
}

const noEventSource = () =>
  new LeadershipError(
    'unsupported',
    'there is no EventSource here: give the option EventSource, of the package "eventsource" say',
  );
const noFeed = (cause: unknown) =>
  new LeadershipError('store-refused', 'what came is no leadership feed: see the URL', { cause });
const refused = () =>
  new LeadershipError(
    'store-unreachable',
    'the feed was refused or has ended: see whether its server runs, its URL, its limit of clients, ' +
      'and whether it lets this origin and this user in',
  );
const broken = () =>
  new LeadershipError(
    'store-unreachable',
    'the connection to the feed broke: it is being made anew',
  );
const silent = () =>
  new LeadershipError(
    'store-unreachable',
    'nothing came over the connection to the feed, no heartbeat either: see the network',
  );
const notInFeed = (key: string) =>
  new LeadershipError(
    'unsupported',
    `the feed has no election ${JSON.stringify(key)}: see what its server was given`,
  );
