import type { LeadershipStore } from '../../../lib/contract.js';
import { etcdStore, type EtcdStoreOptions } from '../../../stores/etcd/index.js';
import type { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { eventually } from '../../support/eventually.js';
import { TcpProxy } from '../../support/proxy.js';
import { leaveAll } from '../records.js';

/** Opens stores, some of them behind proxies, and closes all of it again. */
export class Laboratory {
  readonly #cleanups: (() => unknown)[] = [];
  readonly server: EtcdServer;

  constructor(server: EtcdServer) {
    this.server = server;
  }

  store(options: Partial<EtcdStoreOptions> = {}): LeadershipStore {
    const store = etcdStore({ hosts: this.server.url, ttl: 2_000, ...options });
    this.#cleanups.push(() => store.close());
    return store;
  }

  async proxy(): Promise<TcpProxy> {
    const proxy = await TcpProxy.start(this.server.port);
    this.#cleanups.unshift(() => proxy.stop());
    return proxy;
  }

  async behindProxy(options: Partial<EtcdStoreOptions> = {}) {
    const proxy = await this.proxy();
    return { proxy, store: this.store({ hosts: `http://127.0.0.1:${proxy.port}`, ...options }) };
  }

  async keys(prefix: string): Promise<string[]> {
    const out = await etcdctl(['get', '--prefix', '--keys-only', prefix], this.server);
    return out.split('\n').filter((line) => line !== '');
  }

  async leases(): Promise<string[]> {
    const out = await etcdctl(['lease', 'list'], this.server);
    return out.split('\n').slice(1);
  }

  async del(key: string): Promise<void> {
    await etcdctl(['del', key], this.server);
  }

  async put(key: string, value: string): Promise<void> {
    await etcdctl(['put', key, value], this.server);
  }

  async clear(): Promise<void> {
    leaveAll();
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
    await eventually(async () => (await this.leases()).length === 0, { within: 10_000 });
  }
}
