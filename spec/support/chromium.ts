import { build } from 'esbuild';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { serverFile } from './servers.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts a browser without a window. It ends with `close`, or with this process. */
export function launchChromium(): Promise<Browser> {
  const libraries = serverFile('chromium/usr/lib/x86_64-linux-gnu');
  return chromium.launch({
    executablePath: serverFile('chromium/usr/lib/chromium/chromium-headless-shell'),
    args: ['--no-sandbox'], // its sandbox wants rights that a container does not give
    env: { ...process.env, LD_LIBRARY_PATH: `${libraries}:${libraries}/pulseaudio` },
  });
}

/** One script out of a TypeScript file of this repository, with all that it imports. */
export async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
    platform: 'browser',
    target: 'es2022',
    tsconfig: `${root}tsconfig.json`,
    write: false,
  });
  return outputFiles[0]!.text;
}

export interface Site {
  /** Without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves an empty page that runs the script under `/`, as under any other path. Browsers trust an
 * address on loopback as they trust https: what needs a secure context works there.
 */
export async function serveScript(script: string, body = ''): Promise<Site> {
  const page = `<!doctype html><meta charset="utf-8"><title>rx-leadership</title>
<link rel="icon" href="data:,"><body>${body}<script type="module" src="/script.js"></script>`;
  const server = createServer(({ url }, response) => {
    const isScript = url === '/script.js';
    const type = isScript ? 'text/javascript' : 'text/html';
    response.setHeader('content-type', `${type}; charset=utf-8`).end(isScript ? script : page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
