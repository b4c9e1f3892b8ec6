import type { Client } from 'node-zookeeper-client';
import type { Socket } from 'node:net';

/** One request of the npm client, with the callback that waits for its answer. */
export interface Packet {
  readonly request: { readonly header: { type: number } | null };
  callback: (error: unknown, response?: unknown) => void;
}

/**
 * The parts of the npm client that it keeps to itself, and that decide whether it crashes, hangs or
 * forgets. Its version is pinned for that.
 */
export interface Manager {
  socket: Socket | undefined;
  servers: readonly { readonly host: string; readonly port: number }[];
  zxid: Buffer;
  connectTimeoutHandler: NodeJS.Timeout | null;
  pendingBuffer: Buffer | null;
  readonly pendingQueue: Packet[];
  readonly packetQueue: { readonly queue: Packet[] };
  connect: (this: Manager) => void;
  queue: (this: Manager, request: Packet['request'], callback: Packet['callback']) => void;
  onSocketConnected: (this: Manager) => void;
  onSocketData: (this: Manager, chunk: Buffer) => void;
  onSocketError: (this: Manager, error: Error) => void;
  onSocketClosed: (this: Manager, hadError: boolean) => void;
}

export function managerOf(client: Client): Manager {
  return (client as unknown as { readonly connectionManager: Manager }).connectionManager;
}

/** Whom the guard tells. */
export interface GuardListener {
  /** The question for a session is about to leave. */
  asked(): void;
  /** Something came from the server. */
  heard(): void;
  /** The connection is over, for this reason where it is known. */
  closed(why: string | undefined): void;
}

/**
 * Stands between a socket and the npm client, so that what crashes or jams the client ends no more
 * than one request or one connection:
 *
 * - An error code that the client does not know throws inside its socket handler, and the request
 *   is never answered. Here the request fails with that code, and the connection goes on.
 * - Anything else that throws there (bytes that are no answer) ends the connection.
 * - The client would connect again by itself, with the rest of a frame that was cut and with
 *   requests from before, which would then be carried out late. It must not: a client is used for
 *   one connection.
 */
export function guard(manager: Manager, listener: GuardListener): void {
  const { onSocketConnected, onSocketData, onSocketError, onSocketClosed, pendingQueue } = manager;
  let why: string | undefined;
  const last: { answered?: Packet | undefined } = {};
  pendingQueue.shift = () =>
    (last.answered = Array.prototype.shift.call(pendingQueue) as Packet | undefined);

  manager.onSocketConnected = () => {
    listener.asked();
    onSocketConnected.call(manager);
  };
  manager.onSocketData = (chunk) => {
    listener.heard();
    for (let rest: Buffer | undefined = chunk; rest !== undefined;) {
      last.answered = undefined;
      try {
        onSocketData.call(manager, rest);
        return;
      } catch (error) {
        const code = unknownCode(error);
        const { answered } = last as { readonly answered?: Packet };
        if (code === undefined || answered === undefined) {
          why ??= `its bytes make no sense (${String(error)})`;
          manager.socket?.destroy();
          return;
        }
        failWith(answered, code);
        rest = manager.pendingBuffer === null ? undefined : Buffer.alloc(0);
      }
    }
  };
  manager.onSocketError = (error) => {
    why ??= (error as NodeJS.ErrnoException).code ?? error.message;
    onSocketError.call(manager, error);
  };
  manager.onSocketClosed = (hadError) => {
    manager.connect = () => undefined; // which it would call now
    onSocketClosed.call(manager, hadError);
    listener.closed(why);
  };
}

function unknownCode(error: unknown): number | undefined {
  const [, code] = /^Unknown code: (-?\d+)$/.exec((error as Error).message) ?? [];
  return code === undefined ? undefined : Number(code);
}

function failWith({ callback }: Packet, code: number): void {
  const error = Object.assign(new Error(`error ${code}`), { code, getCode: () => code });
  callback(error, { header: { err: code }, payload: null });
}
