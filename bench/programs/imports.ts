import { tell } from '../../spec/support/worker-process.js';

/** M8: what importing this package adds to importing RxJS and the client of the store. */
const begin = performance.now();
await import('rxjs');
await import('etcd3');
const without = performance.now() - begin;
await import('../../index.js');
await import('../../stores/etcd/index.js');
tell({ without, all: performance.now() - begin });
