import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** M8: the core and the store of etcd in KiB, minified and gzipped, without RxJS and the client. */
export async function sizeInKib(): Promise<number> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from './lib/index.ts'; export * from './stores/etcd/index.ts';`,
      resolveDir: root,
    },
    external: ['rxjs', 'etcd3', 'node:*'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1_024;
}
