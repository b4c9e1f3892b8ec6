import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import type { LeadershipStore } from '../../lib/index.js';
import type { ConformanceFaults, ConformanceHarness } from '../../testing/index.js';
import { Child } from '../support/child.js';
import { TcpProxy } from '../support/proxy.js';
import type { ServerProcess } from '../support/server-process.js';

const file = fileURLToPath(new URL('conformance-process.ts', import.meta.url));

/** A case has limits of its own; a process takes seconds to start on a busy machine. */
const timeout = 60_000;

/** Registers cases with vitest: side by side, unless they must run alone. */
export const withVitest: Pick<ConformanceHarness, 'test' | 'testAlone' | 'skip'> = {
  test: (name, run) => it.concurrent(name, run, timeout),
  testAlone: (name, run) => it(name, run, timeout),
  skip: (name, why) => it.skip(`${name} (${why})`),
};

/** Runs a closing scenario in a process of its own, which has to end by itself. */
export async function runClosing(name: string, url: string) {
  const child = new Child(process.execPath, ['--import', 'tsx', file, name, url]);
  const limit = setTimeout(() => void child.kill(), timeout / 2);
  const { code } = await child.exited;
  clearTimeout(limit);
  if (code !== 0) throw new Error(`the process ended with ${String(code)}: ${child.log}`);
  return code;
}

type NetworkLevers = Required<
  Pick<ConformanceFaults, 'cut' | 'holdReplies' | 'freeze' | 'restart' | 'openUnreachable'>
>;

/** Stores of a server, each behind a proxy of its own, as each process has a network of its own. */
export class Proxied {
  readonly #server: () => ServerProcess;
  readonly #storeAt: (port: number) => LeadershipStore;
  readonly #proxies = new Map<LeadershipStore, TcpProxy>();

  constructor(server: () => ServerProcess, storeAt: (port: number) => LeadershipStore) {
    this.#server = server;
    this.#storeAt = storeAt;
  }

  readonly open = async (): Promise<LeadershipStore> =>
    this.#through(await TcpProxy.start(this.#server().port));

  get faults(): NetworkLevers {
    return {
      cut: (store) => {
        const proxy = this.#proxyOf(store);
        proxy.blackhole();
        return () => proxy.heal();
      },
      holdReplies: (store) => {
        const proxy = this.#proxyOf(store);
        proxy.down.mode = 'hold';
        return () => proxy.heal();
      },
      freeze: () => {
        this.#server().freeze();
        return () => this.#server().thaw();
      },
      restart: () => this.#server().restart(),
      openUnreachable: async () => {
        const proxy = await TcpProxy.start(this.#server().port);
        proxy.refuse();
        return this.#through(proxy);
      },
    };
  }

  stop(): void {
    for (const proxy of this.#proxies.values()) proxy.stop();
  }

  #through(proxy: TcpProxy): LeadershipStore {
    const store = this.#storeAt(proxy.port);
    this.#proxies.set(store, proxy);
    return store;
  }

  #proxyOf(store: LeadershipStore): TcpProxy {
    const proxy = this.#proxies.get(store);
    if (proxy === undefined) throw new Error('this store has no proxy');
    return proxy;
  }
}
