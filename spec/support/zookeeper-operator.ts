import { createClient, type Client, type Exception, type Stat } from 'node-zookeeper-client';
import { atExit } from './at-exit.js';

/** A claim as it lies in ZooKeeper. */
export interface ZooKeeperClaim {
  readonly path: string;
  readonly value: string;
  /** The session that holds it. */
  readonly owner: Buffer;
}

/** What an operator can do to a server of ZooKeeper, with a connection of its own. */
export class ZooKeeperOperator {
  readonly #address: string;
  #client: Promise<Client> | undefined;

  /** `address`: `host:port`. */
  constructor(address: string) {
    this.#address = address;
  }

  /** The claims of an election, the leader's first. */
  async claims(key: string): Promise<ZooKeeperClaim[]> {
    const folder = `/${key}`;
    const children = await this.#ask<string[]>((client, done) => client.getChildren(folder, done));
    const names = (children ?? []).filter((name) => /-latch-\d{10}$/.test(name));
    names.sort((a, b) => Number(a.slice(-10)) - Number(b.slice(-10)));
    const claims = await Promise.all(names.map((name) => this.#claim(`${folder}/${name}`)));
    return claims.filter((claim) => claim !== undefined);
  }

  async valueOf(path: string): Promise<string> {
    return (await this.#claim(path))?.value ?? '';
  }

  async make(path: string, value = ''): Promise<void> {
    await this.#ask<string>((client, done) => client.create(path, Buffer.from(value), done));
  }

  async remove(path: string): Promise<void> {
    await this.#ask<boolean>((client, done) =>
      client.remove(path, -1, (error) => done(error, true)),
    );
  }

  async overwrite(path: string, value: string): Promise<void> {
    await this.#ask<Stat>((client, done) => client.setData(path, Buffer.from(value), -1, done));
  }

  /** Takes the session that holds a claim over, and closes it. */
  async endSession(path: string): Promise<void> {
    const { owner } = (await this.#claim(path)) ?? {};
    if (owner === undefined) throw new Error(`there is no ${path}`);
    const client = createClient(this.#address, { sessionTimeout: 10_000, retries: 0 });
    Object.assign((client as unknown as { connectionManager: object }).connectionManager, {
      sessionId: owner,
      sessionPassword: passwordOf(owner),
    });
    await connected(client);
    client.close();
  }

  async close(): Promise<void> {
    (await this.#client)?.close();
    this.#client = undefined;
  }

  async #claim(path: string): Promise<ZooKeeperClaim | undefined> {
    return this.#ask<ZooKeeperClaim>((client, done) =>
      client.getData(path, (error, data, stat) => {
        if (error) done(error, undefined);
        else done(null, { path, value: String(data), owner: stat.ephemeralOwner });
      }),
    );
  }

  /** `undefined`: there is no such node. */
  async #ask<T>(
    send: (
      client: Client,
      done: (error: Error | Exception | null, answer: T | undefined) => void,
    ) => void,
  ): Promise<T | undefined> {
    this.#client ??= connected(createClient(this.#address, { sessionTimeout: 10_000, retries: 0 }));
    const client = await this.#client;
    return new Promise((resolve, reject) => {
      send(client, (error, answer) => {
        if (error === null) resolve(answer);
        else if ((error as Exception).name === 'NO_NODE') resolve(undefined);
        else reject(new Error(`ZooKeeper: ${String(error)}`));
      });
    });
  }
}

function connected(client: Client): Promise<Client> {
  const done = atExit(() => client.close());
  return new Promise((resolve) => {
    client.once('connected', () => {
      done();
      resolve(client);
    });
    client.connect();
  });
}

/**
 * The server makes the password of a session out of its number alone: sixteen bytes of Java's
 * `Random`, whose seed is that number and a constant (ZooKeeperServer.generatePasswd).
 */
function passwordOf(session: Buffer): Buffer {
  const mask = (1n << 48n) - 1n;
  let seed = (session.readBigInt64BE(0) ^ 0xb3415c00n ^ 0x5deece66dn) & mask;
  const password = Buffer.alloc(16);
  for (let at = 0; at < 16; at += 4) {
    seed = (seed * 0x5deece66dn + 0xbn) & mask;
    password.writeInt32LE(Number(BigInt.asIntN(32, seed >> 16n)), at);
  }
  return password;
}
