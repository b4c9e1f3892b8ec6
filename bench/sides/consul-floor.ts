import { EventEmitter } from 'node:events';
import Consul from 'consul';
import type { Candidacy, Following, Side, SideOptions } from './side.js';

/** What the types of the npm client leave out, as far as it is used here. */
interface Client {
  readonly kv: {
    get(options: object): Promise<[{ headers: Record<string, string> }, Held | undefined]>;
    set(options: object): Promise<boolean | undefined>;
  };
  readonly session: {
    create(options: object): Promise<{ ID: string }>;
    renew(id: string): Promise<unknown>;
    destroy(id: string): Promise<unknown>;
  };
  _put(request: object): Promise<unknown>;
  destroy(): void;
}

interface Held {
  readonly Value: string;
  readonly Session?: string;
}

const flags = '3304740253564472344';

/**
 * The shortest program that elects on the npm client: one session that is renewed, one transaction
 * for a claim, which gives the token too, and one blocking query for each election. No deadline, no
 * retry, nothing for lost answers and for the time in which a key is free and may not be taken.
 */
export function consulFloor({ url, ttl }: SideOptions): Side {
  const { hostname: host, port } = new URL(url);
  const client = new Consul({ host, port: Number(port) }) as unknown as Client;
  let session: Promise<{ id: string; stop(): void }> | undefined;
  const opened = () => (session ??= openSession(client, ttl));
  return {
    warm: async () => {
      await opened();
    },
    campaign: (key, id, elected) => new ConsulFloorCandidacy(client, opened(), key, id, elected),
    follow: (key, seen) => follow(client, key, seen),
    close: async () => {
      const { id, stop } = await opened();
      stop();
      await client.session.destroy(id);
      client.destroy();
    },
  };
}

async function openSession(client: Client, ttl: number) {
  const options = { ttl: `${ttl / 1_000}s`, lockdelay: '0s', checks: [], behavior: 'release' };
  const { ID: id } = await client.session.create(options);
  const timer = setInterval(() => void client.session.renew(id).catch(() => undefined), ttl / 3);
  return { id, stop: () => clearInterval(timer) };
}

class ConsulFloorCandidacy implements Candidacy {
  readonly #client: Client;
  readonly #session: Promise<{ readonly id: string }>;
  readonly #key: string;
  readonly #id: string;
  readonly #elected: () => void;
  readonly #context = new EventEmitter();
  readonly #running: Promise<void>;
  #left = false;

  constructor(
    client: Client,
    session: Promise<{ readonly id: string }>,
    key: string,
    id: string,
    elected: () => void,
  ) {
    this.#client = client;
    this.#session = session;
    this.#key = key;
    this.#id = id;
    this.#elected = elected;
    this.#running = this.#run();
  }

  async leave(): Promise<void> {
    const { id } = await this.#session;
    this.#left = true;
    await this.#client.kv.set({ key: this.#key, value: '', release: id, flags });
    this.#context.emit('cancel');
    await this.#running;
  }

  async #run(): Promise<void> {
    const { id } = await this.#session;
    let index = '0';
    let led = false;
    while (!this.#left) {
      if (!led && (await this.#acquire(id))) {
        led = true;
        this.#elected();
      }
      // Until the key changes: the leader watches its own claim with it.
      do {
        const seen = await look(this.#client, this.#key, index, this.#context);
        if (seen === undefined) return;
        index = seen.index;
        if (!led && seen.held?.Session === undefined) break;
      } while (!this.#isLeft());
    }
  }

  async #acquire(session: string): Promise<boolean> {
    const value = Buffer.from(this.#id).toString('base64');
    const key = JSON.stringify(this.#key);
    const kv = `{"Verb":"lock","Key":${key},"Value":"${value}","Flags":${flags},"Session":"${session}"}`;
    try {
      const body = Buffer.from(`[{"KV":${kv}}]`);
      await this.#client._put({ name: 'lock', path: '/txn', type: 'json', headers: {}, body });
      return true;
    } catch {
      return false;
    }
  }

  #isLeft(): boolean {
    return this.#left;
  }
}

/** The key once it has changed after `index`; `undefined` when that was cancelled. */
async function look(client: Client, key: string, index: string, context: EventEmitter) {
  const ctx = Object.assign(context, { includeResponse: true });
  try {
    const [response, held] = await client.kv.get({ key, index, wait: '30s', ctx });
    return { index: response.headers['x-consul-index'] ?? '0', held };
  } catch {
    return undefined;
  }
}

async function follow(
  client: Client,
  key: string,
  seen: (id: string | undefined) => void,
): Promise<Following> {
  const context = new EventEmitter();
  const show = (held: Held | undefined) => seen(held?.Session && held.Value);
  const first = await look(client, key, '0', context);
  show(first?.held);
  const run = async () => {
    for (let index = first?.index ?? '0'; ;) {
      const next = await look(client, key, index, context);
      if (next === undefined) return;
      index = next.index;
      show(next.held);
    }
  };
  void run();
  return { end: () => context.emit('cancel') };
}
