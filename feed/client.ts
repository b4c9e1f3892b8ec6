import type { ServerResponse } from 'node:http';

/** One message for all clients; made once, when the first of them takes it. */
export interface Message {
  readonly id: string;
  readonly text: (timeline: boolean) => string;
}

export interface ClientOptions {
  /** Milliseconds. */
  readonly heartbeat: number;
  /** Whether it asked for the last hour too. */
  readonly timeline: boolean;
  /** What it has already, of the connection before. */
  readonly lastId: string | undefined;
  readonly newest: () => Message;
}

/**
 * One reader of the feed. A slow one is sent nothing while it has not taken what was sent, then the
 * newest, and is dropped when it takes nothing for three heartbeats. So at most what a stream takes
 * without asking to wait (16 kB), and one message, wait in this process.
 */
export class Client {
  readonly #response: ServerResponse;
  readonly #options: ClientOptions;
  readonly #beat: NodeJS.Timeout;
  #sent: string | undefined;
  #beatsMissed = 0;

  constructor(response: ServerResponse, options: ClientOptions) {
    this.#response = response;
    this.#options = options;
    this.#sent = options.lastId;
    this.#beat = setInterval(() => this.#heartbeat(), options.heartbeat).unref();
    response.on('drain', () => this.#drained());
    response.on('close', () => clearInterval(this.#beat));
    response.on('error', () => response.destroy()); // its connection is gone
    response.write('retry: 2000\n\n');
    if (this.#sent === options.newest().id) this.#write('event: heartbeat\ndata:\n\n');
    else this.offer();
  }

  /** There is something newer. */
  offer(): void {
    const { newest, timeline } = this.#options;
    const message = newest();
    if (this.#response.writableNeedDrain || this.#sent === message.id) return;
    this.#sent = message.id;
    this.#write(message.text(timeline));
  }

  /** Ends the stream and its connection, so that the server can close. */
  end(): void {
    clearInterval(this.#beat);
    const { socket } = this.#response;
    if (this.#response.writableNeedDrain) this.#response.destroy();
    else this.#response.end(() => socket?.end());
  }

  #drained(): void {
    this.#beatsMissed = 0;
    this.offer();
  }

  #heartbeat(): void {
    if (!this.#response.writableNeedDrain) this.#write('event: heartbeat\ndata:\n\n');
    else if ((this.#beatsMissed += 1) > 2) this.#response.destroy();
  }

  #write(text: string): void {
    this.#response.write(text);
  }
}
