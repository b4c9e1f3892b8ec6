import { createServer, request, type Server } from 'node:http';
import { reservePort, type ReservedPort } from './ports.js';

/** Stands in front of an HTTP server, and lets some of its requests through. */
export class HttpFilter {
  /** The method and path of every request so far, as it came. */
  readonly requests: string[] = [];
  /** What matches gets no answer, and does not reach the server. */
  mute: RegExp | undefined;
  /** What matches is answered so many milliseconds late. */
  delay: { readonly match: RegExp; readonly by: number } | undefined;
  /** What matches is kept, also when its sender has given up, until `release`. */
  hold: Pick<RegExp, 'test'> | undefined;
  readonly #held: (() => void)[] = [];
  readonly #reserved: ReservedPort;
  readonly #listener: Server;

  private constructor(target: number, reserved: ReservedPort) {
    this.#reserved = reserved;
    this.#listener = createServer((incoming, outgoing) => {
      const { method = 'GET', url = '/', headers } = incoming;
      const line = `${method} ${url}`;
      this.requests.push(line);
      if (this.mute?.test(line) === true) return;
      if (this.hold?.test(line) === true) {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        this.#held.push(() => {
          const late = request({ host: '127.0.0.1', port: target, method, path: url, headers });
          late.on('error', () => undefined).end(Buffer.concat(chunks));
        });
        return;
      }
      const passedOn = request({ host: '127.0.0.1', port: target, method, path: url, headers });
      passedOn.on('response', (response) => {
        const answer = () => {
          outgoing.writeHead(response.statusCode ?? 500, response.headers);
          response.pipe(outgoing);
        };
        if (this.delay?.match.test(line) === true) setTimeout(answer, this.delay.by);
        else answer();
      });
      passedOn.on('error', () => incoming.destroy());
      outgoing.on('close', () => passedOn.destroy());
      incoming.pipe(passedOn);
    });
  }

  /** Starts on a loopback port of its own. */
  static async start(target: number): Promise<HttpFilter> {
    const filter = new HttpFilter(target, await reservePort());
    await new Promise<void>((listening, failed) => {
      filter.#listener.once('error', failed);
      filter.#listener.listen(filter.port, '127.0.0.1', listening);
    });
    return filter;
  }

  /** How many are kept. */
  get held(): number {
    return this.#held.length;
  }

  /** What was kept reaches the server now. Nobody gets the answers. */
  release(): void {
    this.hold = undefined;
    for (const pass of this.#held.splice(0)) pass();
  }

  get port(): number {
    return this.#reserved.port;
  }

  stop(): void {
    this.#listener.close();
    this.#listener.closeAllConnections();
    this.#reserved.release();
  }
}
