import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandError, exitCodes } from './exit-codes.js';
import { messageOf } from './output.js';

/** Where to listen. */
export interface ListenOptions {
  readonly port: number;
  readonly host: string;
}

/** Listens, and returns the URL without a slash at its end. */
export async function listen(server: Server, { port, host }: ListenOptions): Promise<string> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw new CommandError(exitCodes.configuration, `cannot listen: ${messageOf(error)}`);
  }
  const { port: taken } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(taken)}`;
}
