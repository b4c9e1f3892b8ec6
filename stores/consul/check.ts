import { randomUUID } from 'node:crypto';
import { momentOf, type Clock, type Moment } from '../../lib/clock.js';
import { requestLimit } from '../shared/session.js';
import type { ConsulClient } from './client.js';
import type { Connection } from './connection.js';
import { failures, saidBy, statusOf } from './failures.js';

const service = 'rx-leadership';

/** After so long in vain an agent removes what a crashed process left. It takes no shorter time. */
const leftOver = '1m';

/**
 * A TTL check of ours at the agent. A service carries it: a check of the node would take all other
 * services of that node out of discovery when it fails, and would stay there for ever.
 */
export class Check {
  readonly id = `${service}-${randomUUID()}`;
  /** When the request left that began to count. */
  readonly registered: Moment;
  readonly #connection: Connection;
  readonly #limit: number;

  private constructor(connection: Connection, ttl: number, clock: Clock) {
    this.registered = momentOf(clock);
    this.#connection = connection;
    this.#limit = requestLimit(ttl);
  }

  static async register(connection: Connection, ttl: number, clock: Clock): Promise<Check> {
    const made = new Check(connection, ttl, clock);
    await made.#register(ttl);
    return made;
  }

  /** For another ttl it is alive. */
  async pass(client: ConsulClient, timeout: number): Promise<void> {
    try {
      await client.passCheck(this.id, timeout);
    } catch (error) {
      if (isUnknownCheck(error)) throw failures.sessionLost('the agent does not know its check');
      throw error;
    }
  }

  /** As far as the agent can be reached; else it does it by itself, after a while. */
  async remove(): Promise<void> {
    await this.#connection
      .call('remove a check', this.#limit, (client, timeout) =>
        client.deregisterService(this.id, timeout),
      )
      .catch(() => undefined);
  }

  async #register(ttl: number): Promise<void> {
    const { id } = this;
    const check = {
      checkid: id,
      name: 'The process that runs in elections is alive',
      ttl: `${ttl}ms`,
      status: 'passing',
      deregistercriticalserviceafter: leftOver,
    };
    try {
      await this.#connection.call('register a check', this.#limit, (client, timeout) =>
        client.registerService({ id, name: service, check }, timeout),
      );
    } catch (error) {
      void this.remove(); // it may have been carried out
      throw error;
    }
  }
}

/** In the words of 1.8, and of later versions. */
function isUnknownCheck(error: unknown): boolean {
  return (
    statusOf(error) === 404 || /does not have associated TTL|unknown check/i.test(saidBy(error))
  );
}
