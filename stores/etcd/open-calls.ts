import type { Interceptor } from './client.js';
import { intercept } from './intercept.js';

type Status = Parameters<ReturnType<Interceptor>['cancelWithStatus']>[0];

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
    this.interceptor = intercept((call, isStream) => {
      if (isStream) return {};
      const cancel = () => call.cancelWithStatus(unavailable, 'the connection failed');
      return {
        starts: () => this.#cancels.add(cancel),
        ended: (status) => {
          this.#cancels.delete(cancel);
          return status;
        },
      };
    });
  }

  cancel(): void {
    for (const cancel of [...this.#cancels]) cancel();
  }
}
