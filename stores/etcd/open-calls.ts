import type { Call } from './client.js';

type StatusCode = Parameters<Call['cancelWithStatus']>[0];

/** UNAVAILABLE: it is not known whether the request was carried out. */
const unavailable = 14 as unknown as StatusCode;

/**
 * The calls under way on one connection, without streams. The npm client can only wait for them;
 * when the connection has failed or the store is closed, nobody should.
 */
export class OpenCalls {
  readonly #calls = new Set<Pick<Call, 'cancelWithStatus'>>();

  /** Call the result when it has ended. */
  add(call: Pick<Call, 'cancelWithStatus'>): () => void {
    this.#calls.add(call);
    return () => this.#calls.delete(call);
  }

  cancel(): void {
    for (const call of [...this.#calls])
      call.cancelWithStatus(unavailable, 'the connection failed');
  }
}
