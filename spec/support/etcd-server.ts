import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from './certificates.js';
import { Child } from './child.js';
import { administrator, enableAuth, type EtcdAuth } from './etcd-auth.js';
import { reservePort, type ReservedPort } from './ports.js';
import { serverFile } from './servers.js';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';

export interface EtcdOptions {
  /** Serves TLS, and asks clients for a certificate of the same authority. */
  readonly tls?: Certificates;
  /** Asks clients for a user and a password. */
  readonly auth?: EtcdAuth;
  /** Milliseconds between two heartbeats of the server's own leader. Default 50. */
  readonly heartbeat?: number;
  /** Milliseconds until the server elects itself. Default 500; smallest TTL: 1.5 times this. */
  readonly electionTimeout?: number;
  /** Further arguments of the program. */
  readonly args?: readonly string[];
}

/** How long a start may take: a busy machine is slow. */
const patience = 20_000;

/** A real etcd of one member on a loopback port of its own, with its data in a temporary folder. */
export class EtcdServer {
  readonly #options: EtcdOptions;
  readonly #ports: readonly [client: ReservedPort, peer: ReservedPort, metrics: ReservedPort];
  readonly #folder: TemporaryFolder;
  #child: Child | undefined;
  #authEnabled = false;

  private constructor(options: EtcdOptions, ports: [ReservedPort, ReservedPort, ReservedPort]) {
    this.#options = options;
    this.#ports = ports;
    this.#folder = temporaryFolder('etcd');
  }

  /** Starts a server; resolves when it serves requests. */
  static async start(options: EtcdOptions = {}): Promise<EtcdServer> {
    const server = new EtcdServer(options, [
      await reservePort(),
      await reservePort(),
      await reservePort(),
    ]);
    await server.#launch();
    return server;
  }

  get port(): number {
    return this.#ports[0].port;
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The end of what the server has logged: warnings and errors. */
  get log(): string {
    return this.#child?.log ?? '';
  }

  /** The flags with which etcdctl reaches this server, as its administrator. */
  get flags(): readonly string[] {
    const { tls } = this.#options;
    const flags = [`--endpoints=${this.url}`];
    if (tls) flags.push(`--cacert=${tls.ca.file}`);
    if (tls) flags.push(`--cert=${tls.client.certificate.file}`, `--key=${tls.client.key.file}`);
    if (this.#authEnabled) flags.push(`--user=${administrator.username}:${administrator.password}`);
    return flags;
  }

  /** Ends the process at once (SIGKILL), as a crash does. The data stay. */
  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  /** Stops the process where it stands (SIGSTOP): connections stay open, nothing is answered. */
  freeze(): void {
    this.#child?.signal('SIGSTOP');
  }

  /** Lets a frozen process go on. */
  thaw(): void {
    this.#child?.signal('SIGCONT');
  }

  /** Kills the process, if it runs, and starts it on the same port with the same data. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#launch();
  }

  /** As `restart`, but everything that was stored is gone: revisions start anew. */
  async wipe(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true, force: true });
    this.#authEnabled = false;
    await this.#launch();
  }

  /** Ends the server for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    this.#folder.remove();
    for (const port of this.#ports) port.release();
  }

  get #data(): string {
    return join(this.#folder.path, 'data');
  }

  async #launch(): Promise<void> {
    const child = new Child(serverFile('etcd/usr/bin/etcd'), this.#args());
    this.#child = child;
    const health = `http://127.0.0.1:${this.#ports[2].port}/health`;
    const limit = performance.now() + patience;
    while (!(await isHealthy(health))) {
      if (child.exit || performance.now() > limit) {
        await this.stop();
        throw new Error(`etcd did not start: ${child.log}`);
      }
      await sleep(20);
    }
    if (this.#options.auth && !this.#authEnabled) {
      await enableAuth(this, this.#options.auth);
      this.#authEnabled = true;
    }
  }

  #args(): string[] {
    const { tls, auth, heartbeat = 50, electionTimeout = 500, args = [] } = this.#options;
    const peer = `http://127.0.0.1:${this.#ports[1].port}`;
    const flags: Record<string, string> = {
      'data-dir': this.#data,
      'listen-client-urls': this.url,
      'advertise-client-urls': this.url,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
      // Health is asked for here: without a certificate, and not through the port under test.
      'listen-metrics-urls': `http://127.0.0.1:${this.#ports[2].port}`,
      'heartbeat-interval': String(heartbeat),
      'election-timeout': String(electionTimeout),
      'unsafe-no-fsync': 'true',
      'log-level': 'warn',
    };
    if (tls) {
      flags['cert-file'] = tls.server.certificate.file;
      flags['key-file'] = tls.server.key.file;
      flags['trusted-ca-file'] = tls.ca.file;
      flags['client-cert-auth'] = 'true';
    }
    if (auth) {
      flags['bcrypt-cost'] = '4'; // else each login costs 60 ms
      flags['auth-token-ttl'] = String((auth.tokenTtl ?? 300_000) / 1_000);
    }
    return [...Object.entries(flags).map(([name, value]) => `--${name}=${value}`), ...args];
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    return (await response.text()).includes('"health":"true"');
  } catch {
    return false;
  }
}
