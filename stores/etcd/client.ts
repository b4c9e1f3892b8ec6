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
export type Call = ReturnType<Interceptor>;
export type Metadata = Parameters<Call['start']>[0];
type CallListener = NonNullable<Parameters<Call['start']>[1]>;
export type Status = Parameters<NonNullable<CallListener['onReceiveStatus']>>[0];

type Library = { readonly Etcd3: typeof Etcd3 };
type Policies = Required<NonNullable<IOptions['faultHandling']>>;

/** Makes clients, each with a connection of its own to one endpoint. */
export interface ClientFactory {
  connect(host: string, interceptor: Interceptor): EtcdClient;
}

/** Loads the npm client: it costs 90 ms and 23 MB, so not before it is needed. */
export async function loadClient(
  options: EtcdClientOptions,
  load: () => Promise<Library> = () => import('etcd3'),
): Promise<ClientFactory> {
  const { Etcd3 } = await loadPackage('etcd3', load);
  return {
    connect: (host, interceptor) => {
      try {
        return new Etcd3({
          // Without `auth`: logging in is ours, `login.ts` says why.
          ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
          hosts: host,
          grpcOptions: channelOptions(options.grpcOptions),
          defaultCallOptions: { interceptors: [interceptor] },
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
 * By default one missed deadline becomes three instant retries and a breaker that is open for 5 s.
 * A resent transaction also hides that an answer was lost. `execute` must be asynchronous: the
 * client counts on a rejected promise, and crashes the process otherwise.
 */
const noPolicy = {
  onSuccess: noEvent,
  onFailure: noEvent,
  // eslint-disable-next-line @typescript-eslint/require-await -- see above
  execute: async (run: () => unknown) => run(),
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
