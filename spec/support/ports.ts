import { randomInt } from 'node:crypto';
import { createServer, type ListenOptions, type Server } from 'node:net';

export interface ReservedPort {
  readonly port: number;
  /** Lets others have it. The end of the process does that too. */
  release(): void;
}

/**
 * Reserves a free port of 127.0.0.1. All of them lie above 61000, because below Linux takes ports
 * for outgoing connections, and a server that restarts would now and then find its port taken.
 *
 * The reservation is an abstract socket that carries the number in its name. So it holds against
 * other test processes, also while nobody listens on the port, and the kernel removes it with us.
 */
export async function reservePort(): Promise<ReservedPort> {
  for (;;) {
    const port = randomInt(61_001, 65_500);
    const reservation = await listen({ path: `\0rx-leadership-spec-port-${port}` });
    if (reservation === undefined) continue;
    const probe = await listen({ port, host: '127.0.0.1' });
    if (probe !== undefined) {
      await new Promise((closed) => probe.close(closed));
      reservation.unref();
      return { port, release: () => reservation.close() };
    }
    reservation.close();
  }
}

/** A server that listens there, or `undefined` when somebody else does. */
function listen(where: ListenOptions): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(where, () => resolve(server));
  });
}
