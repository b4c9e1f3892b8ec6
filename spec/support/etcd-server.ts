import type { Certificates } from './certificates.js';
import { Child } from './child.js';
import { administrator, enableAuth, type EtcdAuth } from './etcd-auth.js';
import { reservePort, type ReservedPort } from './ports.js';
import { ServerProcess } from './server-process.js';
import { serverFile } from './servers.js';

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

/** A real etcd of one member on a loopback port of its own, with its data in a temporary folder. */
export class EtcdServer extends ServerProcess {
  readonly #options: EtcdOptions;
  #authEnabled = false;

  private constructor(
    options: EtcdOptions,
    ports: [client: ReservedPort, peer: ReservedPort, metrics: ReservedPort],
  ) {
    super('etcd', ports);
    this.#options = options;
  }

  /** Starts a server; resolves when it serves requests. */
  static async start(options: EtcdOptions = {}): Promise<EtcdServer> {
    const server = new EtcdServer(options, [
      await reservePort(),
      await reservePort(),
      await reservePort(),
    ]);
    await server.launch();
    return server;
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
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

  override async wipe(): Promise<void> {
    this.#authEnabled = false;
    await super.wipe();
  }

  override async launch(): Promise<void> {
    await super.launch();
    if (this.#options.auth && !this.#authEnabled) {
      await enableAuth(this, this.#options.auth);
      this.#authEnabled = true;
    }
  }

  protected spawn(): Child {
    return new Child(serverFile('etcd/usr/bin/etcd'), this.#args());
  }

  protected isServing(): Promise<boolean> {
    return isHealthy(`http://127.0.0.1:${this.portOf(2)}/health`);
  }

  #args(): string[] {
    const { tls, auth, heartbeat = 50, electionTimeout = 500, args = [] } = this.#options;
    const peer = `http://127.0.0.1:${this.portOf(1)}`;
    const flags: Record<string, string> = {
      'data-dir': this.data,
      'listen-client-urls': this.url,
      'advertise-client-urls': this.url,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
      // Health is asked for here: without a certificate, and not through the port under test.
      'listen-metrics-urls': `http://127.0.0.1:${this.portOf(2)}`,
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
