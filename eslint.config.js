import { defineConfig, globalIgnores } from 'eslint/config';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

const product = [
  'index.ts',
  '{lib,operators,stores,testing,watchdog,nestjs,angular,metrics,feed,cli}/**/*.ts',
];
const notProduct = ['{spec,examples,bench}/**/*.ts'];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: the name is then the same everywhere.',
};
const noAwaitAtTopLevel = {
  selector: 'AwaitExpression:not(:function *)',
  message: 'A top-level await makes require() of the ESM build throw.',
};

/** The files may import what `allowed` (alternatives of a regular expression) names, no more. */
const imports = (files, ...allowed) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(?!(${allowed.join('|')}))`,
            caseSensitive: true,
            message: `Only these may be imported here: ${allowed.join(' ')}`,
          },
        ],
      },
    ],
  },
});

const here = String.raw`\./`;
const up = String.raw`\.\./`;
const shared = `${up}shared/`;
const [rxjs, rxjsTesting] = ['rxjs$', 'rxjs/testing$'];

export default defineConfig(
  globalIgnores(['dist', 'coverage', '.servers', 'spec/package/consumer']),
  {
    files: ['**/*.{ts,cts,mts}'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.strict],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'rxjs-x/throw-error': ['error', { allowThrowingUnknown: true }],
    },
  },
  {
    files: product,
    rules: { 'no-restricted-syntax': ['error', noDefaultExport, noAwaitAtTopLevel] },
  },

  // Who may import what. `up` from `stores/x/` is `stores/`, hence two of them to reach `lib`.
  imports(['index.ts'], `${here}lib/`, `${here}operators/`),
  imports(['lib/**/*.ts'], rxjs, here),
  imports(['operators/**/*.ts'], rxjs, here, `${up}lib/`),
  imports(['stores/*.ts'], rxjs, here, `${up}lib/`),
  imports(['stores/*/**/*.ts'], rxjs, 'node:', here, shared, `${up}${up}lib/`),
  imports(['stores/etcd/client*.ts'], rxjs, 'node:', 'etcd3$', here, shared, `${up}${up}lib/`),
  imports(['stores/consul/client*.ts'], rxjs, 'node:', 'consul$', here, shared, `${up}${up}lib/`),
  imports(
    ['stores/zookeeper/client*.ts'],
    ...[rxjs, 'node:', 'node-zookeeper-client$', here, shared, `${up}${up}lib/`],
  ),
  imports(['stores/memory/**/*.ts'], rxjs, here, `${up}${up}lib/`),
  imports(['stores/web-locks/**/*.ts'], rxjs, here, shared, `${up}${up}lib/`),
  imports(
    ['testing/**/*.ts'],
    rxjs,
    rxjsTesting,
    'node:(assert|crypto)',
    here,
    `(${up})+(lib|operators|stores|testing|[a-z-]+\\.js$)`,
  ),

  imports(
    ['nestjs/**/*.ts'],
    ...[rxjs, 'node:', '@nestjs/(common|core)$', here, `(${up})+(lib|operators|stores|testing)/`],
    `${up}[a-z-]+\\.js$`,
  ),
  imports(['metrics/**/*.ts'], rxjs, 'prom-client$', '@opentelemetry/api$', here, `${up}lib/`),
  imports(['feed/**/*.ts'], rxjs, 'node:', here, `(${up})+lib/`),
  imports(['angular/**/*.ts'], rxjs, '@angular/core(/rxjs-interop)?$', here, `${up}lib/`),
  imports(['watchdog/**/*.ts'], rxjs, 'node:worker_threads$', here, `${up}lib/`),
  imports(
    ['cli/**/*.ts'],
    ...[
      rxjs,
      'node:',
      'commander$',
      here,
      `(${up})+(lib|operators|stores|feed|demo|doctor|[a-z-]+\\.js$)`,
    ],
  ),

  {
    files: [
      'nestjs/**/*.ts',
      'spec/nestjs/**/*.ts',
      '{spec,examples}/angular/**/*.ts',
      'examples/nestjs/**/*.ts',
      'examples/feed-servers.ts',
    ],
    rules: {
      '@typescript-eslint/no-extraneous-class': 'off', // modules are classes there
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // and options of classes literals
    },
  },

  // These run in browsers too.
  {
    files: [
      'index.ts',
      'lib/**/*.ts',
      'operators/**/*.ts',
      'stores/{memory,web-locks}/**/*.ts',
      'angular/**/*.ts',
    ],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['Buffer', 'process', 'global', 'require', 'setImmediate', 'clearImmediate'],
      ],
    },
  },

  {
    files: notProduct,
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport],
      'max-lines-per-function': 'off', // a `describe` is one function
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off', // asymmetric matchers are `any`
      '@typescript-eslint/unbound-method': 'off',
      'rxjs-x/no-ignored-subscription': 'off',
      'rxjs-x/no-ignored-error': 'off',
    },
  },
  {
    files: ['spec/**/*.ts', 'testing/**/*.ts'],
    rules: { 'rxjs-x/no-ignored-default-value': 'off' },
  },
);
