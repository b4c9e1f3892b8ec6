import type { Client, Event } from 'node-zookeeper-client';
import type { Library, Stat } from './client.js';
import { guard, managerOf, type Manager } from './client-guard.js';
import { codes, ZooKeeperFailure } from './codes.js';

/** With which a session is taken up again, perhaps at another server. */
export interface Ticket {
  readonly id: Buffer;
  readonly password: Buffer;
}

export interface LinkOptions {
  readonly server: { readonly host: string; readonly port: number };
  /** Milliseconds: what is asked for. */
  readonly timeout: number;
  /** `undefined`: a new session is asked for. */
  readonly ticket: Ticket | undefined;
  /** No server whose state is older may answer. */
  readonly zxid: Buffer | undefined;
  /** Nodes are made for that user alone; without one for everybody. */
  readonly auth: { readonly username: string; readonly password: string } | undefined;
}

/** Whom a link tells what becomes of it: `connected` at most once, and one of the others at last. */
export interface LinkListener {
  /** The question for a session is about to leave. */
  asked(): void;
  connected(): void;
  /** There is no such session any more. */
  expired(): void;
  /** The server does not accept the user. */
  refused(): void;
  ended(why: string): void;
}

/** A watch that tells once. */
export interface OneShot {
  /** Something happened to the node. */
  fired(isDeleted: boolean): void;
  /** It can be missed from now on. */
  broken(): void;
}

const modes = { persistent: 0, ephemeralSequential: 3, container: 4 } as const;
const nodeDeleted = 2;
const operations = { create: 1, createContainer: 19, closeSession: -11 } as const;

/** One connection to one server, for one session. What it is asked is answered, or rejected at its end. */
export class Link {
  /** When something came last, by the clock that was given. */
  heardAt: number;
  readonly #library: Library;
  readonly #client: Client;
  readonly #manager: Manager;
  readonly #now: () => number;
  readonly #auth: LinkOptions['auth'];
  readonly #listener: LinkListener;
  readonly #unanswered = new Set<(error: Error) => void>();
  readonly #watches = new Map<string, Set<OneShot>>();
  #over = false;

  constructor(library: Library, options: LinkOptions, now: () => number, listener: LinkListener) {
    this.#library = library;
    this.#now = now;
    this.heardAt = now();
    this.#auth = options.auth;
    this.#listener = listener;
    const { server, timeout, ticket, zxid, auth } = options;
    this.#client = library.createClient('one:1', {
      sessionTimeout: Math.round(timeout),
      retries: 0, // a repeated create would make a second node
      ...(ticket && { sessionId: ticket.id, sessionPassword: ticket.password }),
    });
    this.#manager = managerOf(this.#client);
    this.#manager.servers = [server]; // its own parser knows no IPv6
    if (zxid) this.#manager.zxid = zxid;
    if (auth) {
      const { username, password } = auth;
      this.#client.addAuthInfo('digest', Buffer.from(`${username}:${password}`));
    }
    guard(this.#manager, {
      asked: () => listener.asked(),
      heard: () => (this.heardAt = this.#now()),
      closed: (why) => this.#end(why ?? 'the connection was closed'),
    });
    this.#client.on('connected', () => {
      if (!this.#over) listener.connected();
    });
    this.#client.on('expired', () => this.#finish(() => listener.expired()));
    this.#client.on('authenticationFailed', () => this.#finish(() => listener.refused()));
    this.#client.connect();
  }

  get ticket(): Ticket {
    return { id: this.#client.getSessionId(), password: this.#client.getSessionPassword() };
  }

  /** Milliseconds: what was granted. */
  get timeout(): number {
    return this.#client.getSessionTimeout();
  }

  /** Up to where the state of the store has been seen. */
  get zxid(): Buffer {
    return this.#manager.zxid;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Writes nothing, and yet is answered by the majority alone. */
  async check(): Promise<void> {
    await this.#request((client, done) => client.transaction().check('/').commit(done));
  }

  /** Makes an ephemeral node with a number at its end, and resolves with its path. */
  createClaim(path: string, data: Buffer): Promise<string> {
    return this.#request((client, done) =>
      client.create(path, data, this.#acl, modes.ephemeralSequential, done),
    );
  }

  /** Makes a node that the server removes once it has had children and has none any more. */
  createContainer(path: string): Promise<string> {
    return this.#request((client, done) => {
      this.#sendAs(operations.createContainer, operations.create, () =>
        client.create(path, Buffer.alloc(0), this.#acl, modes.container, done),
      );
    });
  }

  createNode(path: string): Promise<string> {
    return this.#request((client, done) =>
      client.create(path, Buffer.alloc(0), this.#acl, modes.persistent, done),
    );
  }

  async remove(path: string, version: number): Promise<void> {
    await this.#request((client, done) => client.remove(path, version, done));
  }

  /** `null`: there is no such node; the watch tells when there is. */
  exists(path: string, watch?: OneShot): Promise<Stat | null> {
    return this.#request((client, done) => {
      if (watch === undefined) client.exists(path, done);
      else client.exists(path, this.#watch(path, watch), done);
    });
  }

  children(path: string, watch?: OneShot): Promise<string[]> {
    return this.#request((client, done) => {
      if (watch === undefined) client.getChildren(path, done);
      else client.getChildren(path, this.#watch(path, watch), done);
    });
  }

  data(path: string, watch?: OneShot): Promise<readonly [data: Buffer, stat: Stat]> {
    return this.#request((client, done) => {
      const both = (error: unknown, data: Buffer | undefined, stat: Stat) =>
        done(error, [data ?? Buffer.alloc(0), stat]);
      if (watch === undefined) client.getData(path, both);
      else client.getData(path, this.#watch(path, watch), both);
    });
  }

  /** A watch that nobody wants any more. The server goes on watching until it has told once. */
  unwatch(path: string, watch: OneShot): void {
    this.#watches.get(path)?.delete(watch);
  }

  /** Resolves when the session is gone, and with it all its nodes. */
  async closeSession(): Promise<void> {
    await this.#request((client, done) => {
      client.close();
      const { pendingQueue, packetQueue } = this.#manager;
      const packet = [...pendingQueue, ...packetQueue.queue].find(
        ({ request }) => request.header?.type === operations.closeSession,
      );
      if (packet) packet.callback = done; // the client does not tell
    });
  }

  /** Ends the connection without a word to the server; nobody is told. */
  destroy(): void {
    this.#finish(() => undefined);
  }

  get #acl() {
    const { ACL, Id, Permission } = this.#library;
    const everybody = new Id('world', 'anyone');
    return [new ACL(Permission.ALL, this.#auth ? new Id('auth', '') : everybody)];
  }

  #request<T>(
    send: (client: Client, done: (error: unknown, result?: unknown) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        reject(new ZooKeeperFailure(codes.connectionLoss, 'the connection is over'));
        return;
      }
      this.#unanswered.add(reject);
      send(this.#client, (error, result) => {
        this.#unanswered.delete(reject);
        if (error === null || error === undefined) resolve(result as T);
        else reject(failureOf(error));
      });
    });
  }

  /** The client knows fewer operations than the server: the answer is read as that of another. */
  #sendAs(sent: number, known: number, send: () => void): void {
    const { queue } = this.#manager;
    this.#manager.queue = (request, callback) => {
      if (request.header) request.header.type = sent;
      queue.call(this.#manager, request, callback);
      if (request.header) request.header.type = known;
    };
    try {
      send();
    } finally {
      this.#manager.queue = queue;
    }
  }

  /** The same function for all: the client keeps each once per path. */
  readonly #event = ({ path, type }: Event): void => {
    const watches = this.#watches.get(path);
    this.#watches.delete(path);
    for (const watch of watches ?? []) watch.fired(type === nodeDeleted);
  };

  #watch(path: string, watch: OneShot): (event: Event) => void {
    const watches = this.#watches.get(path) ?? new Set();
    watches.add(watch);
    this.#watches.set(path, watches);
    return this.#event;
  }

  #end(why: string): void {
    this.#finish(() => this.#listener.ended(why));
  }

  /** In this order: whoever is told of the end finds no link that could still be asked. */
  #finish(tell: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#destroySocket();
    tell();
    const lost = new ZooKeeperFailure(codes.connectionLoss, 'the connection was lost');
    for (const reject of this.#unanswered) reject(lost);
    this.#unanswered.clear();
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    for (const watch of watches.flatMap((set) => [...set])) watch.broken();
  }

  #destroySocket(): void {
    const manager = this.#manager;
    manager.connect = () => undefined;
    const destroy = () => {
      if (manager.connectTimeoutHandler) clearTimeout(manager.connectTimeoutHandler);
      manager.socket?.destroy();
    };
    destroy();
    process.nextTick(destroy); // when it began to connect, the client makes its socket a tick later
  }
}

function failureOf(error: unknown): ZooKeeperFailure {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'number') return new ZooKeeperFailure(code);
  return new ZooKeeperFailure(0, error instanceof Error ? error.message : String(error));
}
