import { isLeadershipError } from '../../../lib/errors.js';
import type {
  ClaimRequest,
  ClaimState,
  Contender,
  KeyState,
  LeadershipStore,
} from '../../../lib/contract.js';
import { etcdStore, type EtcdStoreOptions } from '../../../stores/etcd/index.js';
import type { EtcdServer } from '../../support/etcd-server.js';
import { etcdctl } from '../../support/etcdctl.js';
import { eventually } from '../../support/eventually.js';
import { TcpProxy } from '../../support/proxy.js';

/** Everything that a subscription to `lock` brought. */
export interface LockRecord {
  readonly states: ClaimState[];
  /** Codes. */
  readonly errors: string[];
  readonly messages: string[];
  readonly outcomes: string[];
  /** Of the last `held`. */
  readonly token: bigint | undefined;
  readonly held: boolean;
  leave(): void;
}

export function lock(
  store: LeadershipStore,
  key: string,
  id: string,
  request: Partial<ClaimRequest> = {},
): LockRecord {
  const states: ClaimState[] = [];
  const errors: string[] = [];
  const messages: string[] = [];
  const outcomes: string[] = [];
  const subscription = store
    .lock(key, { id, ...request, settled: ({ outcome }) => outcomes.push(outcome) })
    .subscribe({
      next: (state) => states.push(state),
      error: (error: unknown) => {
        errors.push(codeOf(error));
        messages.push(String(error));
      },
    });
  claims.add(() => subscription.unsubscribe());
  const held = () => states.find((state) => state.status === 'held');
  return {
    states,
    errors,
    messages,
    outcomes,
    get token() {
      return held()?.token;
    },
    get held() {
      return held() !== undefined && errors.length === 0;
    },
    leave: () => subscription.unsubscribe(),
  };
}

function codeOf(error: unknown): string {
  return isLeadershipError(error) ? error.code : String(error);
}

/** Every claim that is not given up yet. */
const claims = new Set<() => void>();

/** What `watch` shows, as `id`, `-` while vacant, with `?` when stale, `!code` for an error. */
export function watch(store: LeadershipStore, key: string): string[] {
  const shown: string[] = [];
  const text = ({ leader, stale }: KeyState) => `${leader?.id ?? '-'}${stale ? '?' : ''}`;
  store.watch(key).subscribe({
    next: (state) => shown.push(text(state)),
    error: (error: unknown) => shown.push(`!${codeOf(error)}`),
    complete: () => shown.push('|'),
  });
  return shown;
}

/** What `contenders` shows, as `id,id`. */
export function contenders(store: LeadershipStore, key: string): string[] {
  const shown: string[] = [];
  const text = (queue: readonly Contender[]) => queue.map(({ id }) => id).join(',');
  store.contenders(key).subscribe({
    next: (queue) => shown.push(text(queue)),
    error: (error: unknown) => shown.push(`!${codeOf(error)}`),
    complete: () => shown.push('|'),
  });
  return shown;
}

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
    for (const leave of claims) leave();
    claims.clear();
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
    await eventually(async () => (await this.leases()).length === 0, { within: 10_000 });
  }
}
