import { connect, createServer, type Server, type Socket } from 'node:net';
import { reservePort, type ReservedPort } from './ports.js';
import { Direction, Lane } from './proxy-direction.js';

export interface HeldReply {
  /** Resolves when the request is on its way to the server. */
  readonly requested: Promise<void>;
  /** Delivers what the server has answered since then, late but complete. */
  release(): void;
}

interface Connection {
  readonly up: Lane;
  readonly down: Lane;
  reset(): void;
}

/** What happens to the connection that first carries these bytes towards the server. */
interface Trap {
  readonly bytes: Buffer;
  spring(connection: Connection): void;
}

/**
 * Stands between one client and one server and makes the faults of a network. Put one in front of
 * each client. It knows no protocol: in plain etcd, Consul and ZooKeeper traffic keys, values and
 * ids are found as bytes (not so in TLS).
 */
export class TcpProxy {
  /** From client to server. */
  readonly up = new Direction();
  /** From server to client. */
  readonly down = new Direction();
  /** How many connections there were. */
  connections = 0;
  readonly #open = new Set<Connection>();
  readonly #traps = new Set<Trap>();
  readonly #target: number;
  readonly #host: string;
  readonly #reserved: ReservedPort;
  #listener: Server | undefined;

  private constructor(target: number, host: string, reserved: ReservedPort) {
    this.#target = target;
    this.#host = host;
    this.#reserved = reserved;
  }

  /** Starts a proxy on a loopback port of its own. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort, '127.0.0.1', await reservePort());
    await proxy.accept();
    return proxy;
  }

  /** The same on the port of its target, at another loopback address: `127.1.2.3`, say. */
  static async startAt(host: string, port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port, host, { port, release: () => undefined });
    await proxy.accept();
    return proxy;
  }

  get port(): number {
    return this.#reserved.port;
  }

  /** How many connections there are now. */
  get open(): number {
    return this.#open.size;
  }

  /** Silence both ways: nothing passes, nothing is lost, no end is seen, new connections hang. */
  blackhole(): void {
    this.up.mode = 'hold';
    this.down.mode = 'hold';
  }

  /**
   * Everything passes at once. What was held arrives now, as after a TCP retransmission, and a
   * connection of which bytes were dropped is reset.
   */
  heal(): void {
    for (const direction of [this.up, this.down]) {
      direction.delay = 0;
      direction.mode = 'pass';
    }
  }

  /** Ends all connections with RST on both sides. New ones are welcome. */
  reset(): void {
    for (const connection of [...this.#open]) connection.reset();
  }

  /** Refuses new connections (ECONNREFUSED). Open ones go on: see `reset`. */
  refuse(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Accepts connections again, on the same port. */
  async accept(): Promise<void> {
    if (this.#listener) return;
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      this.#connect(client),
    );
    this.#listener = listener;
    await new Promise<void>((listening, failed) => {
      listener.once('error', failed);
      listener.listen(this.port, this.#host, listening);
    });
  }

  /**
   * Loses one answer: the first request from now on that contains `bytes` reaches the server, what
   * the server sends after that does not reach the client, which sees a RST once the server has
   * been quiet for `quiet` milliseconds. Resolves then.
   */
  loseReply(bytes: string | Buffer, quiet = 100): Promise<void> {
    return new Promise((resolve) => {
      this.#trap(bytes, (connection) => {
        const finish = () => {
          connection.reset();
          resolve();
        };
        let timer: NodeJS.Timeout | undefined;
        // HTTP/2 servers acknowledge first and answer later, hence the wait for quiet.
        connection.down.onDrop = () => {
          clearTimeout(timer);
          timer = setTimeout(finish, quiet);
        };
        connection.down.ownMode = 'drop';
      });
    });
  }

  /** Holds the answers on the connection of the first request from now on that contains `bytes`. */
  holdReply(bytes: string | Buffer): HeldReply {
    let held: Lane | undefined;
    let resolve: () => void = () => undefined;
    const requested = new Promise<void>((done) => (resolve = done));
    const trap = this.#trap(bytes, ({ down }) => {
      held = down;
      down.ownMode = 'hold';
      resolve();
    });
    const release = () => {
      this.#traps.delete(trap);
      if (held) held.ownMode = undefined;
    };
    return { requested, release };
  }

  /** Ends the proxy and all its connections. */
  stop(): void {
    this.refuse();
    this.reset();
    this.#reserved.release();
  }

  #trap(bytes: string | Buffer, spring: Trap['spring']): Trap {
    const trap = { bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes, spring };
    this.#traps.add(trap);
    return trap;
  }

  #connect(client: Socket): void {
    this.connections += 1;
    const server = connect({
      port: this.#target,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    });
    const reset = () => {
      client.resetAndDestroy();
      server.resetAndDestroy();
      up.close();
      down.close();
      this.#open.delete(connection);
    };
    const up = new Lane(this.up, client, server, reset);
    const down = new Lane(this.down, server, client, reset);
    const connection: Connection = { up, down, reset };
    this.#open.add(connection);
    up.onDeliver = this.#search(connection);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('close', () => {
        if (other.closed) reset();
      });
    }
  }

  /** Looks for the bytes of all traps in a stream of chunks, also where two chunks meet. */
  #search(connection: Connection): (chunk: Buffer) => void {
    let tail = Buffer.alloc(0);
    return (chunk) => {
      const seen = Buffer.concat([tail, chunk]);
      for (const trap of [...this.#traps]) {
        if (!seen.includes(trap.bytes, Math.max(0, tail.length - trap.bytes.length + 1))) continue;
        this.#traps.delete(trap);
        trap.spring(connection);
      }
      tail = seen.subarray(-1_024);
    };
  }
}
