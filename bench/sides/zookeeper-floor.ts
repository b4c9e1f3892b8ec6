import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { createClient, CreateMode, Exception, type Client, type Stat } from 'node-zookeeper-client';
import type { Candidacy, Following, Side, SideOptions } from './side.js';

/**
 * The shortest program that elects on the npm client: one session, one create for a claim, one look
 * at the queue, and two watches while it waits. No heartbeat but the client's pings, no deadline,
 * nothing for lost answers and expired sessions.
 */
export function zookeeperFloor({ url, ttl }: SideOptions): Side {
  const { host } = new URL(url);
  let connected: Promise<Client> | undefined;
  const open = () => (connected ??= connect(host, ttl));
  return {
    warm: async () => {
      await open();
    },
    campaign: (key, id, elected) => new ZooKeeperFloorCandidacy(open(), key, id, elected),
    follow: async (key, seen) => follow(await open(), `/${key}`, seen),
    close: async () => {
      (await open()).close();
    },
  };
}

function connect(host: string, sessionTimeout: number): Promise<Client> {
  const client = createClient(host, { sessionTimeout, retries: 0 });
  return new Promise((resolve) => {
    client.once('connected', () => resolve(client));
    client.connect();
  });
}

type Failure = Error | Exception | null;

/** A call with a callback, as a promise. */
function call<T>(run: (done: (error: Failure, result: T) => void) => void): Promise<T> {
  return promisify<T>(run)();
}

class ZooKeeperFloorCandidacy implements Candidacy {
  readonly #client: Promise<Client>;
  readonly #folder: string;
  readonly #id: string;
  readonly #elected: () => void;
  readonly #staked: Promise<string>;

  constructor(client: Promise<Client>, key: string, id: string, elected: () => void) {
    this.#client = client;
    this.#folder = `/${key}`;
    this.#id = id;
    this.#elected = elected;
    this.#staked = this.#stake();
  }

  async leave(): Promise<void> {
    const own = await this.#staked;
    const client = await this.#client;
    await call<unknown>((done) => client.remove(own, 0, (error) => done(error, undefined)));
  }

  async #stake(): Promise<string> {
    const client = await this.#client;
    const own = await this.#create(client).catch(async (error: unknown) => {
      if ((error as Exception).code !== Exception.NO_NODE) throw error;
      await call<unknown>((done) => client.mkdirp(this.#folder, done));
      return this.#create(client);
    });
    // The token, and the own watch.
    const stat = call<Stat>((done) => client.exists(own, () => undefined, done));
    await Promise.all([stat, this.#look(client, own)]);
    return own;
  }

  #create(client: Client): Promise<string> {
    const path = `${this.#folder}/_c_${randomBytes(16).toString('hex')}-latch-`;
    const mode = CreateMode.EPHEMERAL_SEQUENTIAL;
    return call((done) => client.create(path, Buffer.from(this.#id), mode, done));
  }

  /** The first leads; the others wait for the one in front. */
  async #look(client: Client, own: string): Promise<void> {
    const children = await call<string[]>((done) => client.getChildren(this.#folder, done));
    const queue = inOrder(children);
    const place = queue.indexOf(own.slice(this.#folder.length + 1));
    if (place <= 0) {
      this.#elected();
      return;
    }
    const front = `${this.#folder}/${queue[place - 1]!}`;
    const alone = place === 1;
    const left = () => (alone ? this.#elected() : void this.#look(client, own));
    const there = await call<Stat | null>((done) => client.exists(front, left, done));
    if (there === null) await this.#look(client, own);
  }
}

function inOrder(children: readonly string[]): string[] {
  return children.toSorted((a, b) => Number(a.slice(-10)) - Number(b.slice(-10)));
}

async function follow(
  client: Client,
  folder: string,
  seen: (id: string | undefined) => void,
): Promise<Following> {
  let over = false;
  let shown: string | undefined;
  await call<unknown>((done) => client.mkdirp(folder, done));
  const look = async (): Promise<void> => {
    const again = () => void (over || look());
    const children = await call<string[]>((done) => client.getChildren(folder, again, done));
    const [first] = inOrder(children);
    if (first === shown) return;
    shown = first;
    if (first === undefined) {
      seen(undefined);
      return;
    }
    const path = `${folder}/${first}`;
    const data = await call<Buffer>((done) => client.getData(path, done)).catch(() => undefined);
    if (data !== undefined) seen(data.toString());
  };
  await look();
  return {
    end: () => {
      over = true;
    },
  };
}
