import type { Interceptor } from './client.js';

type Call = ReturnType<Interceptor>;
type Metadata = Parameters<Call['start']>[0];
type Status = Parameters<
  NonNullable<NonNullable<Parameters<Call['start']>[1]>['onReceiveStatus']>
>[0];

/** What is done with one call. */
interface Hooks {
  /** Before it leaves. */
  readonly starts?: (metadata: Metadata) => void;
  /** When it has ended. The result is what its caller gets to see. */
  readonly ended?: (status: Status) => Status;
}

/** An interceptor of gRPC, which is asked for the hooks of each call. */
export function intercept(hooksOf: (call: Call, isStream: boolean) => Hooks): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options);
    const { starts, ended } = hooksOf(call as never, options.method_definition.responseStream);
    const start = call.start.bind(call);
    call.start = (metadata, listener) => {
      starts?.(metadata);
      start(metadata, {
        ...listener,
        onReceiveStatus: (status) => listener?.onReceiveStatus?.(ended?.(status) ?? status),
      });
    };
    return call as never; // typed as a class, used as an interface
  };
}
