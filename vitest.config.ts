import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

// Examples and specs of the documentation import the package by its name.
const alias = [
  { find: /^rx-leadership$/, replacement: `${root}index.ts` },
  { find: /^rx-leadership\/(.+)$/, replacement: `${root}$1/index.ts` },
];

/** Specs that start real servers: slower, and only so many files at a time. */
const withServers = (name: string, include: string[], files: number, order: number) => ({
  resolve: { alias },
  test: {
    name,
    include,
    maxWorkers: files,
    sequence: { groupOrder: order },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

export default defineConfig({
  test: {
    // A server dies with the thread that started it: that must be the main one of a process.
    pool: 'forks',
    projects: [
      {
        extends: true,
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['spec/**/*.spec.ts', 'examples/**/*.spec.ts'],
          exclude: [
            'spec/stores/{etcd,consul,zookeeper}/**',
            ...[
              'spec/support/**',
              'spec/faults/**',
              'spec/package/**',
              'spec/cli/**',
              'spec/browser/**',
            ],
          ],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        ...withServers('etcd', ['spec/stores/etcd/**/*.spec.ts', 'spec/support/*.spec.ts'], 2, 1),
      },
      { extends: true, ...withServers('consul', ['spec/stores/consul/**/*.spec.ts'], 2, 2) },
      { extends: true, ...withServers('zookeeper', ['spec/stores/zookeeper/**/*.spec.ts'], 2, 3) },
      { extends: true, ...withServers('faults', ['spec/faults/**/*.spec.ts'], 1, 4) },
      { extends: true, ...withServers('cli', ['spec/cli/**/*.spec.ts'], 2, 5) },
      { extends: true, ...withServers('browser', ['spec/browser/**/*.spec.ts'], 1, 6) },
      { extends: true, ...withServers('package', ['spec/package/**/*.spec.ts'], 1, 7) },
    ],
  },
});
