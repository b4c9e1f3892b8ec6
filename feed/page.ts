import type { IncomingMessage, ServerResponse } from 'node:http';
import { reply } from './answers.js';

/** The dashboard. */
export function sendPage(
  { url }: IncomingMessage,
  response: ServerResponse,
  mayStepDown: boolean,
): void {
  reply(response, 404, { error: `no page at ${String(url)} yet`, mayStepDown });
}
