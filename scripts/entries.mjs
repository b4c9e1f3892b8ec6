/** Every entry of the package: the subpath that users import, and the folder of its index.ts. */
export const entries = {
  '.': '.',
  './operators': 'operators',
  './stores': 'stores',
  './stores/memory': 'stores/memory',
  './stores/local': 'stores/local',
  './stores/etcd': 'stores/etcd',
  './stores/consul': 'stores/consul',
  './stores/zookeeper': 'stores/zookeeper',
  './testing': 'testing',
  './watchdog': 'watchdog',
  './metrics': 'metrics',
  './feed': 'feed',
  './nestjs': 'nestjs',
  './nestjs/testing': 'nestjs/testing',
};

/** The entries that must work in a browser. */
export const browserEntries = ['.', './operators', './stores/memory', './testing'];
