import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LeaderView } from '../lib/follow.js';
import type { Leadership } from '../lib/leadership.js';

/** What a side-car answers: the routes that those of Kubernetes and Patroni have made usual. */
export class SideCar {
  leadership: Leadership = { elected: false, state: 'joining' };
  view: LeaderView = { leader: undefined, stale: true };
  #changed = new Date();
  #lastToken: bigint | undefined;

  answer({ method = '', url = '/' }: IncomingMessage, response: ServerResponse): void {
    const [path = ''] = url.split('?');
    const answer = this.#routes[path];
    if (answer === undefined)
      reply(response, 404, { error: `no such path: ${Object.keys(this.#routes).join(', ')}` });
    else if (method === 'OPTIONS' || method === 'GET' || method === 'HEAD') answer(response);
    else reply(response.setHeader('allow', 'GET, HEAD, OPTIONS'), 405, { error: 'only GET' });
  }

  readonly #routes: Readonly<Record<string, (response: ServerResponse) => void>> = {
    '/': (response) => {
      const { leader, stale } = this.view;
      const { id: name = null, data, token } = leader?.toJSON() ?? {};
      reply(response, 200, { name, data, token, stale, last_update: this.#lastUpdate() });
    },
    '/leader': (response) => {
      const leads = this.#leads();
      reply(response, leads ? 200 : 503, { leader: leads, state: this.leadership.state });
    },
    '/healthz': (response) => {
      reply(response, this.view.stale ? 503 : 200, { contact: !this.view.stale });
    },
  };

  /** By the clock, not by what was told last: nothing may have been told since the lease ran out. */
  #leads(): boolean {
    return this.leadership.elected && this.leadership.term.isValid();
  }

  #lastUpdate(): string {
    const token = this.view.leader?.token;
    if (token !== this.#lastToken) {
      this.#lastToken = token;
      this.#changed = new Date();
    }
    return this.#changed.toISOString();
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
