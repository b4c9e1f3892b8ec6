import type { Interceptor } from './client.js';

type Call = ReturnType<Interceptor>;
type Status = Parameters<Call['cancelWithStatus']>[0];

/** UNAVAILABLE: it is not known whether the request was carried out. */
const unavailable = 14 as unknown as Status;

/**
 * The calls under way on one connection, without streams. The npm client can only wait for them;
 * when the connection has failed or the store is closed, nobody should.
 */
export class OpenCalls {
  readonly interceptor: Interceptor;
  readonly #cancels = new Set<() => void>();

  constructor() {
    this.interceptor = (options, nextCall) => {
      const call = nextCall(options);
      const start = call.start.bind(call);
      const cancel = () => call.cancelWithStatus(unavailable, 'the connection failed');
      call.start = (metadata, listener) => {
        if (!options.method_definition.responseStream) this.#cancels.add(cancel);
        start(metadata, {
          ...listener,
          onReceiveStatus: (status) => {
            this.#cancels.delete(cancel);
            listener?.onReceiveStatus?.(status);
          },
        });
      };
      return call as never; // typed as a class, used as an interface
    };
  }

  cancel(): void {
    for (const cancel of [...this.#cancels]) cancel();
  }
}
