import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import { serverFile } from '../../support/servers.js';
import { anyOf, type Cluster } from './cluster.js';
import type { Network } from './network.js';
import { Node } from './node.js';

const ttl = 1_500;
const names = ['n1', 'n2', 'n3'];
const administrator = '00000000-0000-4000-8000-000000000001';
const candidates = '00000000-0000-4000-8000-000000000002';

interface Entry {
  readonly Session?: string;
}

/** Three servers of Consul, which ask everybody for a token. */
export async function startConsul(network: Network): Promise<Cluster> {
  const addresses = names.map((name) => network.addressOf(name));
  const nodes = names.map((name) => new Node(name, network, (node) => commandOf(node, addresses)));
  for (const node of nodes) node.begin();
  const cluster = new ConsulCluster(nodes);
  await cluster.ready();
  await cluster.allow();
  return cluster;
}

class ConsulCluster implements Cluster {
  readonly nodes: readonly Node[];
  readonly ttl = ttl;
  /** A session may last for twice its ttl, and then nobody gets its key for a ttl. */
  readonly bounds = { ofClients: 3 * ttl + 1_500, ofServers: 3 * ttl + 1_500 + 15_000 };
  readonly forced = 250;
  readonly endsSessionsEarly = false;
  readonly oneServerEach = true;
  readonly delaysAfterSession = true;

  constructor(nodes: readonly Node[]) {
    this.nodes = nodes;
  }

  url(client: number): string {
    const { address } = this.nodes[client % this.nodes.length]!;
    return `consul://${address}:8500?ttl=${ttl}&token=${candidates}`;
  }

  async ready(): Promise<void> {
    await Promise.all(
      this.nodes.map((node) =>
        eventually(async () => (await ask(node, 'GET', 'kv/?keys&consistent')).status !== 500, {
          what: `${node.name} serves`,
          within: 40_000,
          every: 50,
        }),
      ),
    );
  }

  async leader(): Promise<Node | undefined> {
    const answers = await Promise.all(
      this.nodes.map(async (node) => {
        if (!node.isUp) return undefined;
        const answer = await ask(node, 'GET', 'status/leader').catch(() => undefined);
        return /[\d.]+(?=:)/.exec(answer?.text ?? '')?.[0];
      }),
    );
    const said = (address: string) => answers.filter((answer) => answer === address).length;
    return this.nodes.toSorted((a, b) => said(b.address) - said(a.address))[0];
  }

  async claims(key: string): Promise<string[]> {
    return (await this.#session(key)) === undefined ? [] : [key];
  }

  async deleteClaim(key: string): Promise<void> {
    await this.#ask('DELETE', `kv/${key}`);
  }

  async overwriteClaim(key: string): Promise<void> {
    await this.#ask('PUT', `kv/${key}`, 'by hand');
    await sleep(500);
    await this.#ask('DELETE', `kv/${key}`); // nobody takes what somebody else has written there
  }

  async endSession(key: string): Promise<void> {
    await this.#ask('PUT', `session/destroy/${(await this.#session(key)) ?? ''}`);
  }

  async sessions(): Promise<number> {
    return (JSON.parse(await this.#ask('GET', 'session/list?consistent')) as unknown[]).length;
  }

  async revoke(): Promise<void> {
    const list = JSON.parse(await this.#ask('GET', 'acl/tokens')) as {
      AccessorID: string;
      Description: string;
    }[];
    const own = list.find(({ Description }) => Description === 'candidates');
    await this.#ask('DELETE', `acl/token/${own?.AccessorID ?? ''}`);
  }

  async grant(): Promise<void> {
    const token = { SecretID: candidates, Description: 'candidates', Policies: [{ Name: 'lab' }] };
    await this.#ask('PUT', 'acl/token', JSON.stringify(token));
  }

  /** What candidates need. */
  async allow(): Promise<void> {
    const rules = ['key_prefix "fault/"', 'session_prefix ""', 'agent_prefix ""', 'node_prefix ""'];
    const policy = {
      Name: 'lab',
      Rules: rules.map((rule) => `${rule} { policy = "write" }`).join(),
    };
    await this.#ask('PUT', 'acl/policy', JSON.stringify(policy).replaceAll('},', '}\\n'));
    await this.grant();
  }

  async #session(key: string): Promise<string | undefined> {
    const text = await this.#ask('GET', `kv/${key}?consistent`);
    return text === '' ? undefined : (JSON.parse(text) as Entry[])[0]?.Session;
  }

  #ask(method: string, path: string, body?: string): Promise<string> {
    const once = async (node: Node) => {
      const { status, text } = await ask(node, method, path, body);
      if (status === 404) return '';
      if (status !== 200) throw new Error(`Consul: ${method} ${path}: ${status} ${text}`);
      return text;
    };
    return eventually(async () => (await anyOf(this.nodes, once)) ?? false, {
      what: `Consul: ${method} ${path}`,
      within: 30_000,
      every: 100,
    });
  }
}

async function ask(
  node: Node,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://${node.address}:8500/v1/${path}`, {
    method,
    ...(body !== undefined && { body }),
    headers: { 'x-consul-token': administrator },
    signal: AbortSignal.timeout(2_000),
  });
  return { status: answer.status, text: await answer.text() };
}

function commandOf(node: Node, addresses: readonly string[]): string[] {
  const file = `${node.folder}/agent.json`;
  const config = {
    node_name: node.name,
    server: true,
    bootstrap_expect: names.length,
    bind_addr: node.address,
    client_addr: node.address,
    retry_join: addresses,
    retry_interval: '1s',
    log_level: 'err',
    disable_update_check: true,
    leave_on_terminate: false,
    ports: { dns: -1, grpc: -1, serf_wan: -1 },
    performance: { raft_multiplier: 1 },
    session_ttl_min: '500ms',
    limits: { http_max_conns_per_client: 5_000 },
    // Else a server that was cut off is no voter any more, and two of three are no majority.
    autopilot: { cleanup_dead_servers: false },
    acl: {
      enabled: true,
      default_policy: 'deny',
      tokens: { master: administrator, agent: administrator },
    },
  };
  writeFileSync(file, JSON.stringify(config));
  return [
    serverFile('consul/usr/bin/consul'),
    'agent',
    `-data-dir=${node.folder}/data`,
    `-config-file=${file}`,
  ];
}
