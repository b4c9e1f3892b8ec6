import type { IncomingMessage } from 'node:http';
import type { Observable } from 'rxjs';
import { LeadershipError } from '../lib/errors.js';
import { checkDuration } from '../lib/timing.js';

/** What a request wants: to look, or to ask a leader to step down. */
export type FeedAction = 'look' | 'step-down';

/** How to serve a feed. All durations are milliseconds. */
export interface FeedOptions {
  /** Where it is mounted, for servers that pass on the whole path. Default `/`. */
  readonly path?: string | undefined;
  /** How often to give a sign of life. Default 5 000. */
  readonly heartbeat?: number | undefined;
  /** How many may look at the same time; more are told 503. Default 100. */
  readonly maxClients?: number | undefined;
  /**
   * Whether this request may do this. What it throws is told as 500, without a word of it. Default:
   * everybody may look who can send a request here.
   */
  readonly authorize?:
    ((request: IncomingMessage, action: FeedAction) => boolean | Promise<boolean>) | undefined;
  /**
   * Pages of which other origins may read the feed: `['https://app.example']`, with cookies; or
   * `*`, without. Default: none.
   */
  readonly cors?: '*' | readonly string[] | undefined;
  /** Whether to serve the dashboard, at the root. Default `false`. */
  readonly dashboard?: boolean | undefined;
  /**
   * Lets those step leaders down whom `authorize` lets, which must be given then. Emits once the
   * leader has stepped down; unsubscribing takes the wish back:
   *
   *     stepDown: (key) => askToStepDown(store, key, 'dashboard')
   *
   * Default: nobody can.
   */
  readonly stepDown?: ((key: string, request: IncomingMessage) => Observable<unknown>) | undefined;
  /** For how long to wait for a leader to step down. Default 30 000. */
  readonly stepDownWithin?: number | undefined;
}

/** {@link FeedOptions} with the defaults filled in. */
export interface FeedRules extends FeedOptions {
  readonly path: string;
  readonly heartbeat: number;
  readonly maxClients: number;
  readonly authorize: NonNullable<FeedOptions['authorize']>;
  readonly cors: '*' | readonly string[];
  readonly dashboard: boolean;
  readonly stepDownWithin: number;
}

const bad = (message: string) => new LeadershipError('invalid-option', message);

/** Fills in the defaults, or throws `invalid-option`. */
export function resolveFeed(given: FeedOptions): FeedRules {
  const { path = '/', heartbeat = 5_000, maxClients = 100, stepDownWithin = 30_000 } = given;
  checkDuration('heartbeat', heartbeat, 10);
  checkDuration('stepDownWithin', stepDownWithin, 1);
  if (!Number.isInteger(maxClients) || maxClients < 1)
    throw bad(`maxClients is ${String(maxClients)}, not a whole number from 1`);
  if (!path.startsWith('/'))
    throw bad(`path is ${JSON.stringify(path)}: it must begin with a slash, as "/leadership" does`);
  if (given.stepDown !== undefined && given.authorize === undefined)
    throw bad('stepDown is given, but not authorize: say who may, or anybody could end each term');
  return {
    ...given,
    ...{ path: path.replace(/\/+$/u, ''), heartbeat, maxClients, stepDownWithin },
    authorize: given.authorize ?? (() => true),
    cors: given.cors ?? [],
    dashboard: given.dashboard ?? false,
  };
}
