import type { ServerResponse } from 'node:http';

/** Answers in one line of JSON. */
export function reply(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return;
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('cache-control', 'no-store');
  response.end(`${JSON.stringify(body)}\n`);
}
