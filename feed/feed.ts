import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { auditTime, tap } from 'rxjs';
import { feedEvents, type FeedSnapshot } from '../lib/feed-wire.js';
import { reply } from './answers.js';
import { boardOf, unknown, type Board } from './board.js';
import { Client, type Message } from './client.js';
import type { FeedElections } from './elections.js';
import { resolveFeed, type FeedAction, type FeedOptions, type FeedRules } from './options.js';
import { sendDashboard } from './dashboard/send.js';
import { StepDowns } from './step-downs.js';

/** A request handler, as `node:http`, Express and Nest take it. */
export interface LeadershipFeed {
  (request: IncomingMessage, response: ServerResponse): void;
  /** How many are connected. */
  readonly clients: number;
  /** Ends all streams and stops following; answers 503 from then on. Harmless when called again. */
  close(): void;
}

/**
 * Serves who leads as server-sent events, for `followFeed` and any `EventSource`.
 *
 * - `GET events`: a full snapshot at once, then one for each change; a heartbeat in between. A client
 *   that comes back with the id of the present snapshot is sent a heartbeat only.
 * - `GET` of the root: the same for who accepts `text/event-stream`; with `dashboard` a page, else.
 * - `POST step-down`, where it is switched on and authorised.
 * - A slow client gets the newest snapshot once it has taken what was sent, and is dropped when it
 *   takes nothing for three heartbeats. Never more than 16 kB and one snapshot wait for it.
 *
 * Follows its elections from this call until `close()`. An election whose stream errors is shown as
 * stale, with the code of the error, and subscribed again.
 *
 * @example
 * const feed = leadershipFeed(electionsOf(store, ['service/jobs/leader']), { dashboard: true });
 * createServer(feed).listen(8080, '127.0.0.1');
 * @throws LeadershipError `invalid-option` at the call.
 */
export function leadershipFeed(
  elections: FeedElections,
  options: FeedOptions = {},
): LeadershipFeed {
  const server = new FeedServer(elections, resolveFeed(options));
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    server.answer(request, response).catch(() => reply(response, 500, { error: 'failed' }));
  };
  return Object.defineProperty(
    Object.assign(handle, { clients: 0, close: () => server.close() }),
    'clients',
    { get: () => server.clients },
  );
}

class FeedServer {
  readonly #rules: FeedRules;
  readonly #instance = randomBytes(6).toString('base64url');
  readonly #clients = new Set<Client>();
  readonly #following;
  readonly #stepDowns: StepDowns;
  #board: Board;
  #number = 0;
  #newest: Message;
  #closed = false;

  constructor(elections: FeedElections, rules: FeedRules) {
    this.#rules = rules;
    this.#board = Object.fromEntries(Object.keys(elections).map((name) => [name, unknown]));
    this.#newest = this.#message();
    this.#stepDowns = new StepDowns(rules, (key) => this.#board[key]);
    this.#following = boardOf(elections)
      .pipe(
        tap((board) => (this.#board = board)),
        auditTime(10), // what comes together is told together
      )
      .subscribe({
        next: () => this.#tell(),
        error: () => undefined, // it has none
      });
  }

  get clients(): number {
    return this.#clients.size;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#closed) {
      reply(response.setHeader('retry-after', '2'), 503, { error: 'the feed is closed' });
      return;
    }
    const { method = 'GET', headers } = request;
    const path = pathOf(request, this.#rules.path);
    const stream = path === '/events' || (path === '/' && accepts(headers.accept));
    if (stream) this.#allowOrigin(request, response);
    if (path === '/step-down') await this.#stepDown(request, response);
    else if (!stream && !(path === '/' && this.#rules.dashboard))
      reply(response, 404, { error: 'no such path: the feed is at events' });
    else if (method === 'OPTIONS') reply(response, 200, {});
    else if (method !== 'GET' && method !== 'HEAD')
      reply(response.setHeader('allow', 'GET, HEAD, OPTIONS'), 405, { error: 'only GET' });
    else if (!(await this.#rules.authorize(request, 'look')))
      reply(response, 403, { error: 'not allowed' });
    else if (stream) this.#stream(request, response);
    else sendDashboard(request, response, await this.#mayStepDown(request));
  }

  close(): void {
    this.#closed = true;
    this.#following.unsubscribe();
    this.#stepDowns.close();
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  #tell(): void {
    this.#number += 1;
    this.#newest = this.#message();
    for (const client of this.#clients) client.offer();
  }

  #stream({ method, headers, url = '' }: IncomingMessage, response: ServerResponse): void {
    if (response.destroyed || response.closed) return;
    if (this.#closed || this.#clients.size >= this.#rules.maxClients) {
      reply(response.setHeader('retry-after', '10'), 503, { error: 'too many look already' });
      return;
    }
    response.statusCode = 200;
    response.setHeader('content-type', 'text/event-stream; charset=utf-8');
    response.setHeader('cache-control', 'no-cache, no-transform'); // no-transform: not compressed
    response.setHeader('x-accel-buffering', 'no'); // not collected by nginx
    if (method === 'HEAD') {
      response.end();
      return;
    }
    const lastId = headers['last-event-id'];
    const client = new Client(response, {
      heartbeat: this.#rules.heartbeat,
      timeline: /[?&]timeline\b/u.test(url),
      lastId: typeof lastId === 'string' ? lastId : undefined,
      newest: () => this.#newest,
    });
    this.#clients.add(client);
    response.on('close', () => this.#clients.delete(client));
  }

  async #stepDown(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#stepDowns.answer(request, response, () => this.#mayStepDown(request));
  }

  async #mayStepDown(request: IncomingMessage): Promise<boolean> {
    const action: FeedAction = 'step-down';
    return this.#rules.stepDown !== undefined && (await this.#rules.authorize(request, action));
  }

  #allowOrigin({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
    const { cors } = this.#rules;
    if (cors === '*') response.setHeader('access-control-allow-origin', '*');
    else if (cors.length > 0) {
      response.appendHeader('vary', 'Origin');
      if (origin === undefined || !cors.includes(origin)) return;
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-allow-credentials', 'true');
    }
  }

  /**
   * What is long is made once for all clients, and without the last hour for those who do not ask. The
   * time is that of sending: who comes an hour later must not take it for now.
   */
  #message(): Message {
    const board = this.#board;
    const id = `${this.#instance}.${String(this.#number)}`;
    const made = new Map<boolean, string>();
    const text = (timeline: boolean) => {
      const elections =
        made.get(timeline) ?? JSON.stringify(timeline ? board : withoutTimelines(board));
      made.set(timeline, elections);
      const times = `"now":${String(Date.now())},"every":${String(this.#rules.heartbeat)}`;
      const data = `{${times},"elections":${elections}}`;
      return `id: ${id}\nevent: ${feedEvents.snapshot}\ndata: ${data}\n\n`;
    };
    return { id, text };
  }
}

function withoutTimelines(board: Board): FeedSnapshot['elections'] {
  return Object.fromEntries(
    Object.entries(board).map(([name, { timeline: _left, ...rest }]) => [name, rest]),
  );
}

/** Below where it is mounted, or `undefined` where it is not. */
function pathOf({ url = '/' }: IncomingMessage, mount: string): string | undefined {
  const [path = '/'] = url.split('?');
  if (path !== mount && !path.startsWith(`${mount}/`)) return undefined;
  return path.slice(mount.length) || '/';
}

function accepts(header: string | undefined): boolean {
  return header?.includes('text/event-stream') ?? false;
}
