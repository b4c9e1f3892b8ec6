import type { SchedulerLike } from 'rxjs';
import { Secrets } from '../shared/failures.js';
import { within } from '../shared/timers.js';
import { Turns } from '../shared/turns.js';
import { connect, loadLibrary, type ConsulClient, type ConsulClientOptions } from './client.js';
import { failures, translate } from './failures.js';

/** One request of the client, with the limit that it is given. */
export type Send<T> = (client: ConsulClient, timeout: number) => Promise<T>;

/** The agent, as all parts of a store reach it: every request has a limit, every error is clean. */
export class Connection {
  readonly scheduler: SchedulerLike;
  readonly #options: ConsulClientOptions;
  readonly #secrets = new Secrets();
  readonly #turns: Turns;
  #client: Promise<ConsulClient> | undefined;
  #closed = false;

  constructor(options: ConsulClientOptions, scheduler: SchedulerLike) {
    this.#options = options;
    this.scheduler = scheduler;
    this.#turns = new Turns(scheduler);
    this.#secrets.add(options.token);
  }

  /** One request. So many at a time that the agent, which counts connections, takes them. */
  call<T>(what: string, limit: number, send: Send<T>): Promise<T> {
    return this.#turns.take(limit, this.#late(what, limit), () => this.#send(what, limit, send));
  }

  /** One request that may wait at the agent; it takes nobody's turn. */
  wait<T>(what: string, limit: number, send: Send<T>): Promise<T> {
    return this.#send(what, limit, send);
  }

  close(): void {
    this.#closed = true;
    void this.#client?.then(
      (client) => client.close(),
      () => undefined,
    );
  }

  async #send<T>(what: string, limit: number, send: Send<T>): Promise<T> {
    if (this.#closed) throw failures.storeClosed();
    this.#client ??= loadLibrary().then((library) => connect(library, this.#options));
    const client = await this.#client;
    try {
      const sent = send(client, limit);
      return await within(this.scheduler, limit, sent, this.#late(what, limit));
    } catch (error) {
      throw translate(what, error, this.#secrets);
    }
  }

  #late(what: string, limit: number) {
    return () => failures.unreachable(`${what}: no answer within ${limit} ms`);
  }
}
