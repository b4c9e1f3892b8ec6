import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from './certificates.js';
import { Child } from './child.js';
import { reservePort, type ReservedPort } from './ports.js';
import { serverFile } from './servers.js';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';

export interface ConsulOptions {
  /** Refuses everybody without a token. Default: nobody is asked. */
  readonly acl?: boolean;
  /** Serves TLS, and asks clients for a certificate of the same authority. */
  readonly tls?: Certificates;
  /** As Consul sets them: sessions from 10 s, 200 connections a client. Default: neither. */
  readonly defaultLimits?: boolean;
}

/** How long a start may take: a busy machine is slow. */
const patience = 30_000;

/** A real Consul server of one on a loopback port of its own, with its data in a folder. */
export class ConsulServer {
  readonly #options: ConsulOptions;
  readonly #ports: readonly ReservedPort[];
  readonly #folder: TemporaryFolder;
  #child: Child | undefined;

  private constructor(options: ConsulOptions, ports: readonly ReservedPort[]) {
    this.#options = options;
    this.#ports = ports;
    this.#folder = temporaryFolder('consul');
  }

  /** Starts a server; resolves when it serves requests. */
  static async start(options: ConsulOptions = {}): Promise<ConsulServer> {
    const ports: ReservedPort[] = [];
    while (ports.length < 4) ports.push(await reservePort());
    const server = new ConsulServer(options, ports);
    await server.#launch();
    return server;
  }

  get port(): number {
    return this.#portOf(0);
  }

  /** Of HTTP, or of HTTPS where it serves that. */
  get address(): string {
    const { tls } = this.#options;
    return tls ? `https://127.0.0.1:${this.#portOf(3)}` : `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get log(): string {
    return this.#child?.log ?? '';
  }

  /** Ends the process at once (SIGKILL), as a crash does. The data stay. */
  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  /** Stops the process where it stands (SIGSTOP): connections stay open, nothing is answered. */
  freeze(): void {
    this.#child?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#child?.signal('SIGCONT');
  }

  /** Kills the process, if it runs, and starts it on the same port with the same data. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#launch();
  }

  /** As `restart`, but everything that was stored is gone: indexes start anew. */
  async wipe(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true, force: true });
    await this.#launch();
  }

  /** Ends the server for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    this.#folder.remove();
    for (const port of this.#ports) port.release();
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

  get #data(): string {
    return join(this.#folder.path, 'data');
  }

  #portOf(index: number): number {
    const port = this.#ports[index];
    if (port === undefined) throw new Error('no such port');
    return port.port;
  }

  async #launch(): Promise<void> {
    const file = join(this.#folder.path, 'agent.json');
    writeFileSync(file, JSON.stringify(this.#config()));
    const args = ['agent', '-server', '-bootstrap-expect=1', `-data-dir=${this.#data}`];
    const child = new Child(serverFile('consul/usr/bin/consul'), [...args, `-config-file=${file}`]);
    this.#child = child;
    const limit = performance.now() + patience;
    while (!(await this.#serves())) {
      if (child.exit || performance.now() > limit) {
        const log = child.lines.slice(-20).join('\n') + child.log;
        await this.stop();
        throw new Error(`Consul did not start: ${log}`);
      }
      await sleep(20);
    }
  }

  /** It has a leader, which has taken everything over that the last one knew. */
  async #serves(): Promise<boolean> {
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
    const { acl, tls, defaultLimits } = this.#options;
    const [, serf, server] = [0, 1, 2].map((index) => this.#portOf(index));
    return {
      bind_addr: '127.0.0.1',
      client_addr: '127.0.0.1',
      node_name: 'node',
      log_level: 'err',
      disable_update_check: true,
      leave_on_terminate: false,
      ports: {
        http: this.port,
        https: tls ? this.#portOf(3) : -1,
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
