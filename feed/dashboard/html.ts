import { createHash } from 'node:crypto';
import { script } from './script.js';
import { style } from './style.js';

const allowed = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing runs but the program of the page, and nothing is loaded but the feed. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${allowed(script)}`,
  `style-src ${allowed(style)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The whole page. */
export function html(mayStepDown: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Leadership</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body data-step-down="${mayStepDown ? 'yes' : 'no'}">
<header class="top">
<h1>Leadership</h1>
<span id="summary"></span>
<span id="contact" role="status">Connecting …</span>
</header>
<main>
<div id="lost" role="alert" hidden><strong>Connection lost.</strong> <span id="lost-since"></span> Trying again …</div>
<div id="elections"></div>
<noscript><p>This page needs JavaScript; the feed itself is at <code>events</code>.</p></noscript>
</main>
<dialog id="ask" aria-labelledby="ask-title">
<h2 id="ask-title">Ask the leader to step down?</h2>
<p><bdi id="ask-who"></bdi> leads <bdi id="ask-election"></bdi>. It ends its term in order, then the next in the queue leads.</p>
<div class="row"><button type="button" id="ask-no" autofocus>Cancel</button><button type="button" id="ask-yes" class="danger">Ask to step down</button></div>
</dialog>
<script>${script}</script>
</body>
</html>
`;
}
