import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { reservePort, type ReservedPort } from './ports.js';
import { serverFile } from './servers.js';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';

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
}

/** How long a start may take: a busy machine is slow. */
const patience = 30_000;

const jars = [
  'zookeeper',
  'zookeeper-jute',
  'metrics-core',
  'snappy-java',
  'slf4j-api',
  'slf4j-nop',
];

/** A real ZooKeeper server on a loopback port of its own, with its data in a temporary folder. */
export class ZooKeeperServer {
  readonly #options: ZooKeeperOptions;
  readonly #port: ReservedPort;
  readonly #membership: Membership | undefined;
  readonly #folder: TemporaryFolder;
  #child: Child | undefined;

  constructor(options: ZooKeeperOptions, port: ReservedPort, membership?: Membership) {
    this.#options = options;
    this.#port = port;
    this.#membership = membership;
    this.#folder = temporaryFolder('zookeeper');
  }

  /** Starts a server by itself; resolves when it serves requests. */
  static async start(options: ZooKeeperOptions = {}): Promise<ZooKeeperServer> {
    const server = new ZooKeeperServer(options, await reservePort());
    await server.launch();
    return server;
  }

  get port(): number {
    return this.#port.port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The end of what it has written to its standard error. */
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

  /** Lets a frozen process go on. */
  thaw(): void {
    this.#child?.signal('SIGCONT');
  }

  /** Kills the process, if it runs, and starts it on the same port with the same data. */
  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  /** As `restart`, but everything that was stored is gone. */
  async wipe(): Promise<void> {
    await this.kill();
    rmSync(this.#data, { recursive: true, force: true });
    await this.launch();
  }

  /** Ends the server for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    this.#folder.remove();
    this.#port.release();
  }

  /** What it says of itself: `standalone`, `leader`, `follower`; `undefined` while it serves nobody. */
  async mode(): Promise<string | undefined> {
    const text = await fourLetters(this.port, 'srvr');
    return /^Mode: (\w+)/m.exec(text)?.[1];
  }

  /** Starts the process; resolves when it serves requests, or at once where `wait` is false. */
  async launch(wait = true): Promise<void> {
    mkdirSync(this.#data, { recursive: true });
    if (this.#membership) writeFileSync(join(this.#data, 'myid'), String(this.#membership.id));
    const config = join(this.#folder.path, 'zoo.cfg');
    writeFileSync(config, this.#config());
    this.#child = new Child(java(), [
      ...['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
      ...['-Dzookeeper.forceSync=no', '-Dzookeeper.cnxTimeout=500'],
      ...(this.#options.java ?? []),
      ...['-cp', jars.map((jar) => serverFile(`zookeeper/usr/share/java/${jar}.jar`)).join(':')],
      this.#membership
        ? 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
        : 'org.apache.zookeeper.server.ZooKeeperServerMain',
      config,
    ]);
    if (wait) await this.serves();
  }

  /** Resolves when it serves requests. */
  async serves(): Promise<void> {
    const limit = performance.now() + patience;
    while ((await this.mode()) === undefined) {
      if (this.#child?.exit || performance.now() > limit) {
        const { log } = this;
        await this.stop();
        throw new Error(`ZooKeeper did not start: ${log}`);
      }
      await sleep(20);
    }
  }

  get #data(): string {
    return join(this.#folder.path, 'data');
  }

  #config(): string {
    const { tickTime = 200, config = [] } = this.#options;
    const lines = [
      `tickTime=${tickTime}`,
      'maxSessionTimeout=60000', // by default 20 ticks
      `dataDir=${this.#data}`,
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
export function fourLetters(port: number, command: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(text));
    socket.write(command);
  });
}

let found: string | undefined;

function java(): string {
  if (found !== undefined) return found;
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
  } catch {
    throw new Error('ZooKeeper needs Java, and `java` is not there: install a runtime, version 17');
  }
  return (found = 'java');
}
