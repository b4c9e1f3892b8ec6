import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import { serverFile } from '../../support/servers.js';
import { leaseOf } from '../wire.js';
import { anyOf, type Cluster } from './cluster.js';
import type { Network } from './network.js';
import { Node } from './node.js';

const ttl = 2_000;
const names = ['n1', 'n2', 'n3'];
const prefix = 'fault/';
/** All that candidates may do. */
const readAndWrite = ['role', 'grant-permission', '--prefix=true', 'user', 'readwrite', prefix];

interface Status {
  readonly header: { readonly member_id: string; readonly revision: string };
  readonly leader: string;
  readonly raftTerm: string;
}

/** Three members of etcd, which ask everybody for a user and a password. */
export async function startEtcd(network: Network): Promise<Cluster> {
  const peers = names.map((name) => `${name}=http://${network.addressOf(name)}:2380`).join(',');
  const nodes = names.map((name) => new Node(name, network, (node) => commandOf(node, peers)));
  for (const node of nodes) node.begin();
  await Promise.all(nodes.map((node) => serves(node)));
  await enableAuth(nodes[0]!);
  return new EtcdCluster(nodes);
}

class EtcdCluster implements Cluster {
  readonly nodes: readonly Node[];
  readonly ttl = ttl;
  readonly bounds = { ofClients: ttl + 1_500, ofServers: ttl + 1_500 + 7_000 };
  readonly forced = 250;
  readonly oneServerEach = false;
  readonly endsSessionsEarly = true;
  readonly delaysAfterSession = false;

  constructor(nodes: readonly Node[]) {
    this.nodes = nodes;
  }

  url(): string {
    const hosts = this.nodes.map(({ address }) => `${address}:2379`);
    return `etcd://user:user@${hosts.join(',')}?ttl=${ttl}`;
  }

  async ready(): Promise<void> {
    await Promise.all(this.nodes.map((node) => serves(node)));
  }

  async leader(): Promise<Node | undefined> {
    const all = await Promise.all(
      this.nodes.map(async (node) => ({
        node,
        status: node.isUp ? await status(node) : undefined,
      })),
    );
    const leading = all.filter(({ status: it }) => it && it.leader === it.header.member_id);
    leading.sort((a, b) => Number(b.status?.raftTerm) - Number(a.status?.raftTerm));
    return leading[0]?.node;
  }

  async claims(key: string): Promise<string[]> {
    const order = ['--sort-by=CREATE', '--order=ASCEND'];
    const lines = await this.#ask(['get', '--prefix', '--keys-only', ...order, `${key}/`]);
    return lines.filter((line) => line !== '');
  }

  async deleteClaim(claim: string): Promise<void> {
    await this.#ask(['del', claim]);
  }

  async overwriteClaim(claim: string): Promise<void> {
    await this.#ask(['put', claim, 'by hand']);
    await sleep(500);
    await this.#ask(['del', claim]); // it has no lease any more, and would block the queue for ever
  }

  async endSession(claim: string): Promise<void> {
    await this.#ask(['lease', 'revoke', leaseOf(claim).toString(16)]);
  }

  async sessions(): Promise<number> {
    const [, ...leases] = await this.#ask(['lease', 'list']);
    return leases.length;
  }

  async compact(): Promise<void> {
    const revision = await anyOf(this.nodes, async (node) => (await status(node))?.header.revision);
    await this.#ask(['compact', revision ?? '1']);
  }

  async revoke(): Promise<void> {
    await this.#ask(['role', 'revoke-permission', '--prefix=true', 'user', prefix]);
  }

  async grant(): Promise<void> {
    await this.#ask(readAndWrite);
  }

  #ask(args: readonly string[]): Promise<string[]> {
    // Whoever answers may answer late; and what is done already may be refused when done again.
    return eventually(
      async () => (await anyOf(this.nodes, (node) => etcdctl(node, args, 'root:root'))) ?? false,
      { what: `etcdctl ${args.join(' ')}`, within: 20_000, every: 100 },
    );
  }
}

function commandOf(node: Node, peers: string): string[] {
  const [client, peer] = [2379, 2380].map((port) => `http://${node.address}:${port}`);
  const flags = {
    name: node.name,
    'data-dir': `${node.folder}/data`,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': peers,
    'heartbeat-interval': 50,
    'election-timeout': 500,
    'unsafe-no-fsync': true,
    'bcrypt-cost': 4,
    'log-level': 'error',
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value ?? ''}`);
  return [serverFile('etcd/usr/bin/etcd'), ...args];
}

async function serves(node: Node): Promise<void> {
  const options = { what: `${node.name} serves`, within: 30_000, every: 50 };
  await eventually(async () => {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(`http://${node.address}:2379/health`, { signal });
    return (await answer.text()).includes('"health":"true"');
  }, options);
}

async function status(node: Node): Promise<Status | undefined> {
  try {
    const answer = await fetch(`http://${node.address}:2379/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(1_000),
    });
    return answer.ok ? ((await answer.json()) as Status) : undefined;
  } catch {
    return undefined;
  }
}

async function etcdctl(node: Node, args: readonly string[], user?: string): Promise<string[]> {
  const flags = [`--endpoints=http://${node.address}:2379`, '--command-timeout=2s'];
  if (user !== undefined) flags.push(`--user=${user}`);
  const child = new Child(serverFile('etcd/usr/bin/etcdctl'), [...flags, ...args]);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`etcdctl ${args.join(' ')}: ${child.log}`);
  return child.lines;
}

async function enableAuth(node: Node): Promise<void> {
  for (const command of [
    ['user', 'add', 'root:root'],
    ['role', 'add', 'root'],
    ['user', 'grant-role', 'root', 'root'],
    ['role', 'add', 'user'],
    readAndWrite,
    ['user', 'add', 'user:user'],
    ['user', 'grant-role', 'user', 'user'],
    ['auth', 'enable'],
  ])
    await etcdctl(node, command);
}
