import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { now, type Told } from './history.js';

/**
 * What fencing tokens are for: a resource that refuses whoever has a smaller token than somebody
 * before. Each line that it is sent is a write, `{ who, token }`.
 */
export class Register {
  readonly #told: Told[];
  #highest = -1n;
  readonly #server: Server;

  private constructor(told: Told[]) {
    this.#told = told;
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined); // the writer was killed
      createInterface({ input: socket }).on('line', (line) => {
        this.#write(JSON.parse(line) as { who: string; token: string });
      });
    });
  }

  /** Listens on a unix socket, and tells of all writes in the order in which they arrive. */
  static async start(path: string, told: Told[]): Promise<Register> {
    const register = new Register(told);
    await new Promise<void>((resolve) => register.#server.listen(path, resolve));
    return register;
  }

  stop(): void {
    this.#server.close();
  }

  #write({ who, token }: { who: string; token: string }): void {
    const ok = BigInt(token) >= this.#highest;
    if (ok) this.#highest = BigInt(token);
    this.#told.push({ t: now(), who, e: 'write', token, ok });
  }
}
