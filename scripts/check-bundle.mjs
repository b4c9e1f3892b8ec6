// Bundles the entries that must work in a browser. Fails where one needs Node.
import { build } from 'esbuild';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserEntries, entries } from './entries.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const entry of browserEntries) {
  const bundle = (external) =>
    build({
      entryPoints: [join(root, 'dist/esm', entries[entry], 'index.js')],
      bundle: true,
      external,
      format: 'esm',
      logLevel: 'silent',
      minify: true,
      platform: 'browser', // here `node:` imports do not resolve
      write: false,
    });
  try {
    const [whole, own] = await Promise.all([bundle([]), bundle(['rxjs'])]);
    const [wholeSize, ownSize] = [whole, own].map(({ outputFiles: [file] }) => file.text.length);
    console.log(`${entry}: ${ownSize} bytes, ${wholeSize} with rxjs`);
  } catch (failure) {
    for (const { text, location } of failure.errors ?? [{ text: failure }]) {
      console.error(`${entry}: ${text} (${location?.file ?? 'unknown file'})`);
    }
    process.exitCode = 1;
  }
}
