import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from './certificates.js';
import { Child } from './child.js';
import { reservePort, type ReservedPort } from './ports.js';
import { ServerProcess } from './server-process.js';
import { serverFile } from './servers.js';

export interface ConsulOptions {
  /** Refuses everybody without a token. Default: nobody is asked. */
  readonly acl?: boolean;
  /** Serves TLS, and asks clients for a certificate of the same authority. */
  readonly tls?: Certificates;
  /** As Consul sets them: sessions from 10 s, 200 connections a client. Default: neither. */
  readonly defaultLimits?: boolean;
  /** An agent that is no server: it passes requests on to this one. Default: a server. */
  readonly agentOf?: ConsulServer;
  /** Tells agents that it is at this address, where somebody must pass their requests on to it. */
  readonly advertised?: string;
}

/** A real Consul server of one, or an agent of one, on a loopback port of its own, with its data in a folder. */
export class ConsulServer extends ServerProcess {
  readonly #options: ConsulOptions;

  private constructor(options: ConsulOptions, ports: readonly ReservedPort[]) {
    super('consul', ports);
    this.#options = options;
  }

  /** Starts a server; resolves when it serves requests. */
  static async start(options: ConsulOptions = {}): Promise<ConsulServer> {
    const ports: ReservedPort[] = [];
    while (ports.length < 4) ports.push(await reservePort());
    const server = new ConsulServer(options, ports);
    await server.launch();
    return server;
  }

  /** Of HTTP, or of HTTPS where it serves that. */
  get address(): string {
    const { tls } = this.#options;
    return tls ? `https://127.0.0.1:${this.portOf(3)}` : `http://127.0.0.1:${this.port}`;
  }

  /** Where it takes the requests of other agents. */
  get rpcPort(): number {
    return this.portOf(2);
  }

  /** Where it gossips. */
  get gossip(): string {
    return `${this.#options.advertised ?? '127.0.0.1'}:${this.portOf(1)}`;
  }

  /** A request to it, with the answer as JSON; `undefined` where there is none. */
  async ask<T>(
    method: string,
    path: string,
    body?: string,
    token?: string,
  ): Promise<T | undefined> {
    const response = await fetch(`http://127.0.0.1:${this.port}/v1/${path}`, {
      method,
      ...(body !== undefined && { body }),
      headers: token === undefined ? {} : { 'x-consul-token': token },
    });
    const text = await response.text();
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`Consul: ${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as T);
  }

  protected spawn(): Child {
    const file = join(this.folder.path, 'agent.json');
    writeFileSync(file, JSON.stringify(this.#config()));
    const args = ['agent', `-data-dir=${this.data}`, `-config-file=${file}`];
    return new Child(serverFile('consul/usr/bin/consul'), args);
  }

  /** It has a leader, which has taken everything over that the last one knew. */
  protected async isServing(): Promise<boolean> {
    const options = { signal: AbortSignal.timeout(1_000) };
    const base = `http://127.0.0.1:${this.port}/v1`;
    try {
      const leader = await (await fetch(`${base}/status/leader`, options)).text();
      if (!leader.includes(':')) return false;
      if (this.#options.acl === true) return true;
      return (await fetch(`${base}/kv/?keys&consistent`, options)).status !== 500;
    } catch {
      return false;
    }
  }

  #config(): object {
    const { acl, tls, defaultLimits, agentOf, advertised } = this.#options;
    const [, serf, server] = [0, 1, 2].map((index) => this.portOf(index));
    return {
      bind_addr: '127.0.0.1',
      client_addr: '127.0.0.1',
      node_name: agentOf ? `agent-${String(this.port)}` : 'node',
      ...(agentOf ? { retry_join: [agentOf.gossip] } : { server: true, bootstrap_expect: 1 }),
      ...(advertised !== undefined && { advertise_addr: advertised, serf_lan: advertised }),
      log_level: 'err',
      disable_update_check: true,
      leave_on_terminate: false,
      ports: {
        http: this.port,
        https: tls ? this.portOf(3) : -1,
        dns: -1,
        grpc: -1,
        serf_lan: serf,
        serf_wan: -1,
        server,
      },
      performance: { raft_multiplier: 1 },
      ...(defaultLimits !== true && {
        session_ttl_min: '500ms',
        limits: { http_max_conns_per_client: 5_000 },
      }),
      ...(acl === true && { acl: { enabled: true, default_policy: 'deny' } }),
      ...(tls && {
        ca_file: tls.ca.file,
        cert_file: tls.server.certificate.file,
        key_file: tls.server.key.file,
        verify_incoming_https: true,
      }),
    };
  }
}
