import { EventEmitter } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { loadPackage } from '../shared/package.js';

/** PEM texts. */
export interface ConsulTls {
  /** Of the authority that signs the agent's certificate. Default: those of the system. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface ConsulClientOptions {
  /** Of the agent, for example `http://127.0.0.1:8500` or `https://…`. */
  readonly address: string;
  /** Of the access control lists. */
  readonly token?: string;
  readonly datacenter?: string;
  readonly tls?: ConsulTls;
}

/** A key as it lies in Consul. */
export interface Entry {
  readonly Key: string;
  readonly Value: string | null;
  /** As JSON gives it: the last digits of large numbers are lost. */
  readonly Flags: number;
  readonly Session?: string;
  readonly ModifyIndex: number;
}

/** What a read of the key-value store asks for. */
export interface Read {
  readonly key: string;
  /** All keys that begin with it. */
  readonly recurse?: boolean;
  /** From the servers' leader, after it has asked the others. */
  readonly consistent?: boolean;
  /** Waits until there is something newer, at most so many milliseconds. */
  readonly after?: { readonly index: bigint; readonly wait: number };
}

export interface Found {
  readonly index: bigint;
  readonly entries: readonly Entry[];
}

/** The requests that this store makes. All reject with what the npm client throws. */
export interface ConsulClient {
  /** `session`: as the HTTP API takes it. Resolves with its id. */
  createSession(session: object, timeout: number): Promise<string>;
  renewSession(id: string, timeout: number): Promise<void>;
  destroySession(id: string, timeout: number): Promise<void>;
  read(read: Read, timeout: number, abort?: AbortSignal): Promise<Found>;
  /** `operations`: JSON, made by hand so that large numbers keep their digits. */
  transact(operations: string, timeout: number): Promise<Entry[]>;
  /** At the agent itself. `service`: as the npm client takes it. */
  registerService(service: object, timeout: number): Promise<void>;
  deregisterService(id: string, timeout: number): Promise<void>;
  passCheck(id: string, timeout: number): Promise<void>;
  close(): void;
}

/** The npm client as it is, where its types are silent. */
interface NpmClient {
  readonly kv: {
    get(options: object): Promise<[Response, Entry | Entry[] | undefined]>;
  };
  readonly session: {
    renew(options: object): Promise<unknown>;
    destroy(options: object): Promise<unknown>;
  };
  readonly agent: {
    readonly service: {
      register(options: object): Promise<unknown>;
      deregister(options: object): Promise<unknown>;
    };
    readonly check: { pass(options: object): Promise<unknown> };
  };
  _put(request: object): Promise<{ readonly body?: unknown }>;
  destroy(): void;
}

interface Response {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface Transacted {
  readonly Results?: readonly { readonly KV: Entry }[] | null;
}

type Library = new (options: object) => NpmClient;

/** Loads the npm client, not before it is needed. */
export async function loadLibrary(
  load: () => Promise<{ readonly default: unknown }> = () => import('consul'),
): Promise<Library> {
  return (await loadPackage('consul', load)).default as Library;
}

/** After so many milliseconds a connection is closed that nobody needed: an agent counts them. */
const idle = 5_000;

/** A client that talks to one agent. */
export function connect(
  Consul: Library,
  { address, token, datacenter, tls }: ConsulClientOptions,
): ConsulClient {
  const { protocol, hostname, port } = new URL(address);
  const secure = protocol === 'https:';
  const keeping = { keepAlive: true, timeout: idle };
  const agent = secure ? new HttpsAgent({ ...keeping, ...tls }) : new HttpAgent(keeping);
  const common = {
    ...(token !== undefined && { token }),
    ...(datacenter !== undefined && { dc: datacenter }),
  };
  const library = new Consul({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    secure,
    agent,
    defaults: common,
  });
  return wrap(library, common, () => {
    library.destroy();
    agent.destroy();
  });
}

function wrap(
  library: NpmClient,
  { token, dc }: { readonly token?: string; readonly dc?: string },
  close: () => void,
): ConsulClient {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { 'x-consul-token': token }),
  };
  /** For what the npm client would not send as it is given. */
  const put = async (path: string, json: string, timeout: number): Promise<unknown> => {
    const query = dc === undefined ? {} : { dc };
    const body = Buffer.from(json);
    return (await library._put({ name: path, path, query, headers, body, timeout })).body;
  };
  return {
    createSession: async (session, timeout) => {
      const created = await put('/session/create', JSON.stringify(session), timeout);
      return (created as { readonly ID: string }).ID;
    },
    renewSession: async (id, timeout) => {
      await library.session.renew({ id, timeout });
    },
    destroySession: async (id, timeout) => {
      await library.session.destroy({ id, timeout });
    },
    read: ({ key, recurse = false, consistent = false, after }, timeout, abort) => {
      const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
      const cancel = () => ctx.emit('cancel');
      abort?.addEventListener('abort', cancel, { once: true });
      const blocking = after && { index: String(after.index), wait: `${after.wait}ms` };
      return library.kv
        .get({ key, recurse, consistent, ...blocking, timeout, ctx })
        .then(([{ headers }, found]) => ({
          index: BigInt(headers['x-consul-index'] ?? '0'),
          entries: found === undefined ? [] : Array.isArray(found) ? found : [found],
        }))
        .finally(() => abort?.removeEventListener('abort', cancel));
    },
    transact: async (operations, timeout) => {
      const done = (await put('/txn', operations, timeout)) as Transacted | undefined;
      return (done?.Results ?? []).map(({ KV }) => KV);
    },
    registerService: async (service, timeout) => {
      await library.agent.service.register({ ...service, timeout });
    },
    deregisterService: async (id, timeout) => {
      await library.agent.service.deregister({ id, timeout });
    },
    passCheck: async (id, timeout) => {
      await library.agent.check.pass({ id, timeout });
    },
    close,
  };
}
