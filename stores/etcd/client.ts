import type {
  Etcd3,
  IDuplexStream,
  ILeaseKeepAliveRequest,
  ILeaseKeepAliveResponse,
  IOptions,
  IWatchRequest,
  IWatchResponse,
} from 'etcd3';
import { LeadershipError } from '../../lib/errors.js';
import { loadPackage } from '../shared/package.js';

export type {
  IEvent as WatchEvent,
  IKeyValue as KeyValue,
  IRangeRequest as RangeRequest,
  IRangeResponse as RangeResponse,
  IResponseHeader as Header,
  ITxnRequest as TxnRequest,
  IWatchResponse as WatchResponse,
} from 'etcd3';

/** The raw calls of the npm client that this store makes. */
export type EtcdClient = Pick<Etcd3, 'auth' | 'kv' | 'leaseClient' | 'watchClient' | 'close'>;
export type KeepAliveStream = IDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>;
export type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;

/**
 * What the npm client takes, without what decides whether leases can be kept: its retries, its
 * breaker and its deadlines are ours.
 */
export type EtcdClientOptions = Omit<
  IOptions,
  'faultHandling' | 'defaultCallOptions' | 'dialTimeout'
>;

type CallOptions = Exclude<
  IOptions['defaultCallOptions'],
  ((...args: never) => unknown) | undefined
>;
export type Interceptor = NonNullable<CallOptions['interceptors']>[number];

type Library = { readonly Etcd3: typeof Etcd3 };
type Policies = Required<NonNullable<IOptions['faultHandling']>>;

/** Makes clients, each with a connection of its own to one endpoint. */
export interface ClientFactory {
  connect(host: string, interceptors: readonly Interceptor[]): EtcdClient;
}

/** Loads the npm client: it costs 90 ms and 23 MB, so not before it is needed. */
export async function loadClient(
  options: EtcdClientOptions,
  load: () => Promise<Library> = () => import('etcd3'),
): Promise<ClientFactory> {
  const { Etcd3 } = await loadPackage('etcd3', load);
  return {
    connect: (host, interceptors) => {
      try {
        return new Etcd3({
          // Without `auth`: logging in is ours, `login.ts` says why.
          ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
          hosts: host,
          grpcOptions: channelOptions(options.grpcOptions),
          defaultCallOptions: { interceptors: [withLeader, ...interceptors] },
          faultHandling: policies,
        });
      } catch (error) {
        const message = `etcd: the npm client does not take the options: ${String(error)}`;
        throw new LeadershipError('invalid-option', message);
      }
    },
  };
}

/**
 * A member that has lost its leader goes on answering what it can alone, and tells nothing of what
 * the others do. So it is asked to end its streams then.
 */
const withLeader: Interceptor = (options, nextCall) => {
  const call = nextCall(options);
  const start = call.start.bind(call);
  call.start = (metadata, listener) => {
    if (options.method_definition.responseStream) metadata.set('hasleader', 'true');
    start(metadata, listener);
  };
  return call as never; // typed as a class, used as an interface
};

/**
 * By default one missed deadline becomes three instant retries and a breaker that is open for 5 s.
 * A resent transaction also hides that an answer was lost. `execute` must be asynchronous: the
 * client counts on a rejected promise, and crashes the process otherwise.
 */
const noPolicy = {
  onSuccess: noEvent,
  onFailure: noEvent,
  // eslint-disable-next-line @typescript-eslint/require-await -- see above
  execute: async (run: (context: { attempt: number; signal: AbortSignal }) => unknown) =>
    run({ attempt: 0, signal: new AbortController().signal }),
} as unknown as Policies['global'];

const policies: Partial<Policies> = { global: noPolicy, host: () => noPolicy };

function noEvent() {
  return { dispose: () => undefined };
}

let connections = 0;

function channelOptions(given: IOptions['grpcOptions']): NonNullable<IOptions['grpcOptions']> {
  connections += 1;
  const agent = given?.['grpc.primary_user_agent'] ?? 'rx-leadership';
  return {
    // A frozen connection says nothing by itself. Below 5 s the server calls it too many pings.
    'grpc.keepalive_time_ms': 5_000,
    'grpc.keepalive_timeout_ms': 1_000,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_receive_message_length': -1, // else 4 MB, less than a long queue with data
    ...given,
    'grpc.enable_retries': 0,
    // Connections are shared between clients with equal options. A new client is made when the
    // old connection is in doubt, so it must not get that very connection.
    'grpc.primary_user_agent': `${agent} connection/${connections}`,
  };
}
