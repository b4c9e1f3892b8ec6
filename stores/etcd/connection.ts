import type { SchedulerLike } from 'rxjs';
import { LeadershipError } from '../../lib/errors.js';
import { Secrets } from '../shared/failures.js';
import { Backoff, pause, within } from '../shared/timers.js';
import { Turns } from '../shared/turns.js';
import {
  loadClient,
  type ClientFactory,
  type EtcdClient,
  type EtcdClientOptions,
  type Header,
} from './client.js';
import { failures, isTokenRefused, translate } from './failures.js';
import { interceptorOf } from './intercept.js';
import { Login } from './login.js';
import { OpenCalls } from './open-calls.js';
import { World } from './world.js';

/** A client with one connection of its own to one endpoint. */
export interface Link {
  readonly client: EtcdClient;
  readonly calls: OpenCalls;
  /** Whether anything was ever answered on it. */
  proved: boolean;
  /** How many calls have waited in vain before anything was answered: it may still be connecting. */
  strikes: number;
}

type CallOptions = { readonly deadline: number };

/**
 * The one connection of a store. When it is in doubt, a new one is made to the next endpoint: a
 * frozen server and a silent network look alike, and the old connection would go on being silent.
 */
export class Connection {
  readonly world = new World();
  readonly secrets = new Secrets();
  readonly scheduler: SchedulerLike;
  readonly login: Login;
  readonly #options: EtcdClientOptions;
  readonly #hosts: readonly string[];
  readonly #backoff = new Backoff();
  readonly #movers = new Set<() => void>();
  readonly #turns: Turns;
  #factory: Promise<ClientFactory> | undefined;
  #link: Link | undefined;
  #opening: Promise<Link> | undefined;
  #next: number;
  #notBefore = -Infinity;
  #closed = false;

  constructor(options: EtcdClientOptions, scheduler: SchedulerLike) {
    this.#options = options;
    this.scheduler = scheduler;
    this.#turns = new Turns(scheduler);
    this.#hosts = typeof options.hosts === 'string' ? [options.hosts] : options.hosts;
    this.#next = Math.floor(Math.random() * this.#hosts.length);
    this.secrets.add(options.auth?.password);
    this.login = new Login(options.auth, this.secrets);
  }

  /** The present link. After failures it waits a little, so that nobody hammers on a dead server. */
  async link(): Promise<Link> {
    if (this.#closed) throw failures.storeClosed();
    if (this.#link !== undefined) return this.#link;
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /** `link` is in doubt. The next call gets a new one; streams on the old one may still go on. */
  fail(link: Link): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#notBefore = this.scheduler.now() + this.#backoff.next();
    link.client.close();
    link.calls.cancel();
    for (const move of [...this.#movers]) move();
  }

  /** The server answered on `link`. */
  proved(link: Link): void {
    link.proved = true;
    if (link === this.#link) this.#backoff.reset();
  }

  /** Calls `move` whenever a link has failed. */
  onMove(move: () => void): () => void {
    this.#movers.add(move);
    return () => this.#movers.delete(move);
  }

  /**
   * One linearizable request with a limit in monotonic time: the deadline of gRPC is a moment of
   * the time of day, and the npm client has no default at all.
   */
  call<T extends { readonly header: Header }>(
    what: string,
    limit: number,
    request: (client: EtcdClient, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    return this.#turns.take(limit, this.#late(what, limit), async () => {
      const before = this.world.revision;
      const answer = await this.#attempt(what, limit, (client) =>
        request(client, { deadline: Date.now() + limit }),
      );
      this.world.answered(answer.header, before);
      return answer;
    });
  }

  /** Opens a stream. Nothing is sent yet, so this proves nothing. */
  async stream<S>(
    limit: number,
    open: (client: EtcdClient) => Promise<S>,
  ): Promise<{ stream: S; link: Link }> {
    const link = await this.link();
    await this.#logIn(link, limit);
    return { stream: await open(link.client), link };
  }

  close(): void {
    this.#closed = true;
    this.#link?.client.close();
    this.#link?.calls.cancel();
    this.#link = undefined;
    this.#movers.clear();
  }

  async #attempt<T>(what: string, limit: number, run: (c: EtcdClient) => Promise<T>): Promise<T> {
    for (let last = false; ; last = true) {
      const link = this.#link ?? (await this.link());
      if (!this.login.isReady) await this.#logIn(link, limit);
      try {
        const answer = await this.#within(what, limit, run(link.client));
        this.proved(link);
        return answer;
      } catch (error) {
        const failure = this.#failed(what, error, link);
        // Refused for an old token: certainly not carried out, so once more with a new login.
        if (last || !isTokenRefused(failure.message)) throw failure;
      }
    }
  }

  async #logIn(link: Link, limit: number): Promise<void> {
    const what = 'log in';
    try {
      await this.#within(what, limit, this.login.ready(link.client, limit));
    } catch (error) {
      throw this.#failed(what, error, link);
    }
  }

  #failed(what: string, error: unknown, link: Link): LeadershipError {
    const failure = translate(what, error, this.secrets);
    if (failure.code !== 'store-unreachable') this.proved(link);
    else if (!isLate(failure) || link.proved || (link.strikes += 1) > 1) this.fail(link);
    return failure;
  }

  #within<T>(what: string, limit: number, work: Promise<T>): Promise<T> {
    return within(this.scheduler, limit, work, this.#late(what, limit));
  }

  #late(what: string, limit: number): () => LeadershipError {
    const message = `etcd: ${what}: no answer within ${limit} ms`;
    return () => new LeadershipError('store-unreachable', message);
  }

  async #open(): Promise<Link> {
    this.#factory ??= loadClient(this.#options);
    const factory = await this.#factory;
    const wait = this.#notBefore - this.scheduler.now();
    if (wait > 0) await pause(this.scheduler, wait);
    if (this.#closed) throw failures.storeClosed();
    const host = this.#hosts[this.#next % this.#hosts.length] ?? '';
    this.#next += 1;
    const calls = new OpenCalls();
    const client = factory.connect(host, interceptorOf(this.login, calls));
    this.#link = { client, calls, proved: false, strikes: 0 };
    return this.#link;
  }
}

/** Nobody answered, as opposed to: the connection is broken or refused. */
function isLate({ message }: LeadershipError): boolean {
  return message.includes('no answer within') || message.includes('DEADLINE_EXCEEDED');
}
