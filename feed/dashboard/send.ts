import type { IncomingMessage, ServerResponse } from 'node:http';
import { contentSecurityPolicy, html } from './html.js';

const headers: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': contentSecurityPolicy,
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Answers with the dashboard. */
export function sendDashboard(
  request: IncomingMessage,
  response: ServerResponse,
  mayStepDown: boolean,
): void {
  const folder = folderOf(request);
  if (folder !== undefined) {
    response.statusCode = 308;
    response.setHeader('location', folder);
    response.end();
    return;
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(html(mayStepDown));
}

/**
 * Where the page is, when it was asked for without the slash at the end from which its own addresses
 * go on. Relative: who stands in front may have cut off a part of the path.
 */
function folderOf(request: IncomingMessage & { readonly originalUrl?: string }) {
  // Express leaves in `url` what is below where it mounts a handler, which is always a slash.
  const [path = '/'] = (request.originalUrl ?? request.url ?? '/').split('?');
  return path.endsWith('/') ? undefined : `./${path.slice(path.lastIndexOf('/') + 1)}/`;
}
