import { connect, createServer, type Server, type Socket } from 'node:net';
import { reservePort, type ReservedPort } from '../spec/support/ports.js';

/** Pings, the transactions that are heartbeats, and the end of a session. */
const signsOfLife = new Set([11, 14, -11]);

/** Passes everything on between clients and a server of ZooKeeper, and counts what is asked. */
export class FrameCounter {
  /** Reads, watches and writes. */
  requests = 0;
  readonly #reserved: ReservedPort;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number, reserved: ReservedPort) {
    this.#reserved = reserved;
    this.#listener = createServer({ noDelay: true }, (client) => {
      const server = connect({ port: target, host: '127.0.0.1', noDelay: true });
      for (const socket of [client, server]) this.#sockets.add(socket.on('error', () => undefined));
      client.on('data', this.#counting());
      client.pipe(server).pipe(client);
    });
  }

  static async start(target: number): Promise<FrameCounter> {
    const counter = new FrameCounter(target, await reservePort());
    await new Promise<void>((listening) =>
      counter.#listener.listen(counter.port, '127.0.0.1', listening),
    );
    return counter;
  }

  get port(): number {
    return this.#reserved.port;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#listener.close();
    this.#reserved.release();
  }

  /** Each frame is its length, a number, and what is asked; but the first, which asks for a session. */
  #counting(): (chunk: Buffer) => void {
    let rest = Buffer.alloc(0);
    let isFirst = true;
    return (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const frame = rest.subarray(4, 4 + rest.readInt32BE(0));
        rest = rest.subarray(4 + frame.length);
        if (!isFirst && !signsOfLife.has(frame.readInt32BE(4))) this.requests += 1;
        isFirst = false;
      }
    };
  }
}
