import { Etcd3, type IOptions, type IWatchResponse } from 'etcd3';

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/** Neither tries again nor stops trying: faster than the default, so a stricter floor. */
const noPolicy = {
  onSuccess: () => ({ dispose: () => undefined }),
  onFailure: () => ({ dispose: () => undefined }),
  // eslint-disable-next-line @typescript-eslint/require-await -- the client counts on a promise
  execute: async (call: (context: object) => unknown) => call({ attempt: 0 }),
} as unknown as Policy;

/** What the npm client calls the server that a store calls `etcd://…`. */
export function httpUrl(url: string): string {
  return `http://${new URL(url).host}`;
}

let clients = 0;

/** The npm client with nothing around its calls, and with a connection of its own. */
export function rawClient(url: string): Etcd3 {
  clients += 1;
  return new Etcd3({
    hosts: httpUrl(url),
    faultHandling: { host: () => noPolicy, global: noPolicy },
    grpcOptions: { 'grpc.primary_user_agent': `floor/${clients}` },
  });
}

type Listener = (response: IWatchResponse) => void;
type Target = { readonly key: Buffer; readonly range_end?: Buffer };

/** Watches on one stream, each with an id of its own: a map, and nothing for the case of trouble. */
export class RawWatches {
  readonly #listeners = new Map<string, Listener>();
  readonly #stream: ReturnType<Etcd3['watchClient']['watch']>;
  #open: Awaited<ReturnType<Etcd3['watchClient']['watch']>> | undefined;
  #lastId = 0;

  constructor(client: Etcd3) {
    this.#stream = client.watchClient.watch();
    void this.#stream.then((stream) => {
      this.#open = stream;
      stream.on('error', () => undefined);
      stream.on('data', (response) => {
        if (response.events.length > 0) this.#listeners.get(response.watch_id)?.(response);
      });
    });
  }

  async opened(): Promise<void> {
    await this.#stream;
  }

  watch(target: Target, from: string | undefined, listener: Listener): () => void {
    const watch_id = String((this.#lastId += 1));
    this.#listeners.set(watch_id, listener);
    const start = from === undefined ? {} : { start_revision: from };
    this.#open?.write({ create_request: { ...target, ...start, watch_id } });
    return () => {
      this.#listeners.delete(watch_id);
      this.#open?.write({ cancel_request: { watch_id } });
    };
  }

  close(): void {
    this.#open?.cancel();
  }
}
