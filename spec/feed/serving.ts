import { once } from 'node:events';
import {
  createServer,
  get,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FeedSnapshot } from '../../lib/feed-wire.js';
import { eventually } from '../support/eventually.js';

/** A server of a test, on a free port of this machine. */
export class Serving {
  readonly server: Server;
  #url = '';

  constructor(listener?: RequestListener) {
    this.server = createServer(listener);
  }

  get url(): string {
    return this.#url;
  }

  async listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.#url = `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
    return this;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

export interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** What a client sees of a stream, as it came over the wire. */
export class Reader {
  readonly response: IncomingMessage;
  #text = '';
  ended = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (text) => (this.#text += String(text)));
    response.on('close', () => (this.ended = true));
    response.on('error', () => undefined);
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
    const [response] = (await once(get(url, { headers, agent: false }), 'response')) as [
      IncomingMessage,
    ];
    return new Reader(response);
  }

  get events(): readonly Event[] {
    const blocks = this.#text.split('\n\n').slice(0, -1);
    return blocks.map((block) => {
      const lines = block.split('\n').map((line) => /^(.*?): ?(.*)$/u.exec(line) ?? []);
      return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
    });
  }

  get snapshots(): readonly FeedSnapshot[] {
    return this.events
      .filter(({ event }) => event === 'leadership')
      .map(({ data = '' }) => JSON.parse(data) as FeedSnapshot);
  }

  /** The first snapshot for which this holds. */
  async sees(what: string, holds: (elections: FeedSnapshot['elections']) => boolean) {
    const found = () => this.snapshots.find(({ elections }) => holds(elections)) ?? false;
    return (await eventually(found, { what, within: 10_000 })).elections;
  }

  close(): void {
    this.response.destroy();
  }
}
