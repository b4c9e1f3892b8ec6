import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Child } from './child.js';
import { reservePort, type ReservedPort } from './ports.js';
import { ServerProcess } from './server-process.js';
import { serverFile } from './servers.js';

export interface ZooKeeperOptions {
  /** Milliseconds of the server's unit of time. Default 200; sessions expire at whole ones. */
  readonly tickTime?: number;
  /** Further lines of the configuration. */
  readonly config?: readonly string[];
  /** Further arguments of the virtual machine. */
  readonly java?: readonly string[];
}

/** How a member of an ensemble finds the others. */
export interface Membership {
  readonly id: number;
  /** One `server.N=` line for each member. */
  readonly lines: readonly string[];
  /** Which address each name in these lines has for this member: a hosts file. */
  readonly hosts: string;
}

/** What a server and a client of Java need. */
export function zookeeperJars(): string[] {
  const logging = ['slf4j-api', 'slf4j-nop'];
  const jars = ['zookeeper', 'zookeeper-jute', 'metrics-core', 'snappy-java', ...logging];
  return jars.map((jar) => serverFile(`zookeeper/usr/share/java/${jar}.jar`));
}

/** A real ZooKeeper server on a loopback port of its own, with its data in a temporary folder. */
export class ZooKeeperServer extends ServerProcess {
  readonly #options: ZooKeeperOptions;
  readonly #membership: Membership | undefined;

  constructor(options: ZooKeeperOptions, port: ReservedPort, membership?: Membership) {
    super('zookeeper', [port]);
    this.#options = options;
    this.#membership = membership;
  }

  /** Starts a server by itself; resolves when it serves requests. */
  static async start(options: ZooKeeperOptions = {}): Promise<ZooKeeperServer> {
    const server = new ZooKeeperServer(options, await reservePort());
    await server.launch();
    return server;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** What it says of itself: `standalone`, `leader`, `follower`; `undefined` while it serves nobody. */
  async mode(): Promise<string | undefined> {
    const text = await fourLetters(this.port, 'srvr');
    return /^Mode: (\w+)/m.exec(text)?.[1];
  }

  protected spawn(): Child {
    mkdirSync(this.data, { recursive: true });
    const config = join(this.folder.path, 'zoo.cfg');
    const hosts = join(this.folder.path, 'hosts');
    if (this.#membership) {
      writeFileSync(join(this.data, 'myid'), String(this.#membership.id));
      writeFileSync(hosts, this.#membership.hosts);
    }
    writeFileSync(config, this.#config());
    return new Child(java(), [
      ...['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
      ...['-Dzookeeper.forceSync=no', '-Dzookeeper.cnxTimeout=500'],
      ...(this.#membership ? [`-Djdk.net.hosts.file=${hosts}`] : []),
      ...(this.#options.java ?? []),
      ...['-cp', zookeeperJars().join(':')],
      this.#membership
        ? 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
        : 'org.apache.zookeeper.server.ZooKeeperServerMain',
      config,
    ]);
  }

  protected async isServing(): Promise<boolean> {
    return (await this.mode()) !== undefined;
  }

  #config(): string {
    const { tickTime = 200, config = [] } = this.#options;
    const lines = [
      `tickTime=${tickTime}`,
      'maxSessionTimeout=60000', // by default 20 ticks
      `dataDir=${this.data}`,
      `clientPort=${this.port}`,
      'clientPortAddress=127.0.0.1',
      'admin.enableServer=false',
      '4lw.commands.whitelist=*',
      'maxClientCnxns=0',
      ...(this.#membership ? ['initLimit=50', 'syncLimit=10', ...this.#membership.lines] : []),
      ...config,
    ];
    return lines.map((line) => `${line}\n`).join('');
  }
}

/** Asks a server with a command of four letters; empty when it does not answer. */
export function fourLetters(port: number, command: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(text));
    socket.write(command);
  });
}

let found: string | undefined;

export function java(): string {
  if (found !== undefined) return found;
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
  } catch {
    throw new Error('ZooKeeper needs Java, and `java` is not there: install a JDK, version 17');
  }
  return (found = 'java');
}
