import { Etcd3 } from 'etcd3';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdServer } from '../spec/support/etcd-server.js';

/** A server that syncs to disk, as in production, unlike those of the specs. */
export function startEtcd(): Promise<EtcdServer> {
  return EtcdServer.start({ args: ['--unsafe-no-fsync=false'] });
}

/** Looks at elections from outside, in the same way for all sides. */
export class Onlooker {
  readonly #client: Etcd3;

  constructor({ url }: EtcdServer) {
    this.#client = new Etcd3({ hosts: url });
  }

  /** The ids of those in the queue of an election, the leader first. */
  async queue(prefix: string): Promise<string[]> {
    const { kvs } = await this.#client.getAll().prefix(prefix).sort('Create', 'Ascend').exec();
    return kvs.map(({ value }) => value.toString());
  }

  /** Resolves when so many are in the queue. */
  async until(prefix: string, length: number): Promise<void> {
    const limit = performance.now() + 10_000;
    while ((await this.queue(prefix)).length !== length) {
      if (performance.now() > limit) throw new Error(`never ${length} claims under ${prefix}`);
      await sleep(4);
    }
  }

  /** Long enough for whoever must act to have acted, also on a watch that starts in the past. */
  async settled(): Promise<void> {
    await sleep(300);
  }

  close(): void {
    this.#client.close();
  }
}

/** The sum over all labels of each of these counters of the server. */
export async function counters<K extends string>(
  { url }: EtcdServer,
  names: readonly K[],
): Promise<Record<K, number>> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const sum = (name: K) =>
    lines
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  return Object.fromEntries(names.map((name) => [name, sum(name)])) as Record<K, number>;
}

/** How many reads and writes a server was asked for so far; no renewals. */
export async function started({ url }: EtcdServer): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const call = /^grpc_server_started_total\{grpc_method="(?:Txn|Range|Put|DeleteRange)"/;
  return lines
    .filter((line) => call.test(line))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
}
