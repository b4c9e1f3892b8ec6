import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import { ZooKeeperOperator } from '../../support/zookeeper-operator.js';
import { fourLetters, java, zookeeperJars } from '../../support/zookeeper-server.js';
import { anyOf, type Cluster } from './cluster.js';
import type { Network } from './network.js';
import { Node } from './node.js';

const ttl = 2_000;
const tick = 200;
const names = ['n1', 'n2', 'n3'];

/** An ensemble of three. */
export async function startZooKeeper(network: Network): Promise<Cluster> {
  const lines = names.map((name, n) => `server.${n + 1}=${network.addressOf(name)}:2888:3888`);
  const nodes = names.map((name) => new Node(name, network, (node) => commandOf(node, lines)));
  for (const node of nodes) node.begin();
  const cluster = new ZooKeeperCluster(nodes);
  await cluster.ready();
  return cluster;
}

class ZooKeeperCluster implements Cluster {
  readonly nodes: readonly Node[];
  readonly ttl = ttl;
  /** A leader that hears nobody takes 13 seconds to step down: its socket is still written to. */
  readonly bounds = {
    ofClients: ttl + tick + 1_300,
    ofServers: ttl + tick + 1_300 + 13_000,
  };
  readonly forced = 250;
  readonly endsSessionsEarly = false;
  readonly oneServerEach = false;
  readonly delaysAfterSession = false;

  constructor(nodes: readonly Node[]) {
    this.nodes = nodes;
  }

  url(): string {
    return `zk://${this.nodes.map(({ address }) => `${address}:2181`).join(',')}?ttl=${ttl}`;
  }

  async ready(): Promise<void> {
    await Promise.all(
      this.nodes.map((node) =>
        eventually(async () => (await modeOf(node)) !== undefined, {
          what: `${node.name} serves`,
          within: 40_000,
          every: 50,
        }),
      ),
    );
  }

  async leader(): Promise<Node | undefined> {
    const modes = await Promise.all(
      this.nodes.map(async (node) => (node.isUp ? await modeOf(node) : undefined)),
    );
    return this.nodes[modes.indexOf('leader')];
  }

  async claims(key: string): Promise<string[]> {
    return (await this.#ask((operator) => operator.claims(key))).map(({ path }) => path);
  }

  async deleteClaim(claim: string): Promise<void> {
    await this.#ask((operator) => operator.remove(claim).then(() => true));
  }

  async overwriteClaim(claim: string): Promise<void> {
    await this.#ask((operator) => operator.overwrite(claim, 'by hand').then(() => true));
  }

  async endSession(claim: string): Promise<void> {
    await this.#ask((operator) => operator.endSession(claim).then(() => true));
  }

  async sessions(): Promise<number> {
    const leader = await this.leader();
    const text = leader ? await fourLetters(2181, 'mntr', leader.address) : '';
    const all = Number(/^zk_global_sessions\s+(\d+)/m.exec(text)?.[1] ?? NaN);
    const lists = await Promise.all(
      this.nodes.map((node) => fourLetters(2181, 'cons', node.address)),
    );
    // Those from the address of the router are the operator's.
    return all - (lists.join('').match(/10\.231\.\d+\.1:.*sid=0x[1-9a-f]/g)?.length ?? 0);
  }

  /** With a connection of its own each time: one that has lost its server may hang. */
  #ask<T>(what: (operator: ZooKeeperOperator) => Promise<T>): Promise<T> {
    const once = async (node: Node): Promise<T | undefined> => {
      const operator = new ZooKeeperOperator(`${node.address}:2181`);
      const answered = what(operator);
      const answer = await Promise.race([answered, sleep(3_000, undefined, { ref: false })]);
      void operator.close().catch(() => undefined);
      return answer;
    };
    return eventually(async () => (await anyOf(this.nodes, once)) ?? false, {
      what: 'an answer of ZooKeeper',
      within: 30_000,
      every: 100,
    });
  }
}

/** `leader` or `follower`; `undefined` while it serves nobody. */
async function modeOf(node: Node): Promise<string | undefined> {
  return /^Mode: (\w+)/m.exec(await fourLetters(2181, 'srvr', node.address))?.[1];
}

function commandOf(node: Node, servers: readonly string[]): string[] {
  const data = `${node.folder}/data`;
  const config = `${node.folder}/zoo.cfg`;
  mkdirSync(data, { recursive: true });
  writeFileSync(`${data}/myid`, String(names.indexOf(node.name) + 1));
  const lines = [
    `tickTime=${tick}`,
    'initLimit=50',
    'syncLimit=10',
    'maxSessionTimeout=60000',
    `dataDir=${data}`,
    'clientPort=2181',
    `clientPortAddress=${node.address}`,
    'admin.enableServer=false',
    '4lw.commands.whitelist=*',
    'maxClientCnxns=0',
    ...servers,
  ];
  writeFileSync(config, lines.map((line) => `${line}\n`).join(''));
  return [
    java(),
    ...['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
    ...['-Dzookeeper.forceSync=no', '-Dzookeeper.cnxTimeout=500'],
    ...['-cp', zookeeperJars().join(':')],
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    config,
  ];
}
