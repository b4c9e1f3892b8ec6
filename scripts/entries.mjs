/** Every entry of the package: the subpath that users import, and the folder of its index.ts. */
export const entries = {
  '.': '.',
  './operators': 'operators',
  './stores': 'stores',
  './stores/memory': 'stores/memory',
  './stores/local': 'stores/local',
  './stores/web-locks': 'stores/web-locks',
  './stores/etcd': 'stores/etcd',
  './stores/consul': 'stores/consul',
  './stores/zookeeper': 'stores/zookeeper',
  './testing': 'testing',
  './watchdog': 'watchdog',
  './metrics': 'metrics',
  './feed': 'feed',
  './angular': 'angular',
  './nestjs': 'nestjs',
  './nestjs/testing': 'nestjs/testing',
};

/** The entries that must work in a browser. */
export const browserEntries = [
  '.',
  './operators',
  './stores/memory',
  './stores/web-locks',
  './testing',
  './angular',
];
