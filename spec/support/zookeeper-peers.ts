import { fileURLToPath } from 'node:url';
import { Child } from './child.js';
import { serverFile } from './servers.js';
import { java, zookeeperJars, type ZooKeeperServer } from './zookeeper-server.js';

/** Candidates that run another implementation of the recipe, in a process of their own. */
export class ZooKeeperPeers {
  readonly #child: Child;

  private constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = new Child(program, args, { env: { ...process.env, ...env } });
  }

  /** Apache Curator's `LeaderLatch`. `ttl`: of the session that all of them share. */
  static curator(server: ZooKeeperServer, ttl: number): ZooKeeperPeers {
    const curator = ['client', 'framework', 'recipes'].map((part) => `curator-${part}`);
    const netty = ['handler', 'common', 'transport', 'buffer', 'codec', 'resolver'].map(
      (part) => `netty-${part}`,
    );
    const jars = [...curator, ...netty, 'guava'].map((jar) =>
      serverFile(`curator/usr/share/java/${jar}.jar`),
    );
    const classPath = [...zookeeperJars(), ...jars].join(':');
    const light = ['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const program = peer('LeaderLatchPeer.java');
    return new ZooKeeperPeers(java(), [
      ...light,
      ...['-cp', classPath, program, server.host, String(ttl)],
    ]);
  }

  /** The lock of Python's kazoo. */
  static kazoo(server: ZooKeeperServer, ttl: number): ZooKeeperPeers {
    const library = serverFile('kazoo/usr/lib/python3/dist-packages');
    return new ZooKeeperPeers('python3', [peer('lock_peer.py'), server.host, String(ttl)], {
      PYTHONPATH: library,
      PYTHONDONTWRITEBYTECODE: '1',
    });
  }

  join(id: string, key: string): void {
    this.#child.writeLine(`join ${id} /${key}`);
  }

  leave(id: string): void {
    this.#child.writeLine(`leave ${id}`);
  }

  /** Whether it has been told that it leads. */
  hasLed(id: string): boolean {
    return this.#child.lines.includes(`leads ${id}`);
  }

  /** Resolves when it is told that it leads. */
  async leads(id: string): Promise<void> {
    await this.#child.until(`${id} leads`, () => this.hasLed(id) || undefined, 30_000);
  }

  /** The id of who leads, as one that has joined sees it. */
  async leaderSeenBy(id: string): Promise<string> {
    const prefix = `sees ${id} `;
    const answers = () => this.#child.lines.filter((line) => line.startsWith(prefix));
    const before = answers().length;
    this.#child.writeLine(`ask ${id}`);
    const answer = await this.#child.until('an answer', () => answers()[before]);
    return answer.slice(prefix.length);
  }

  /** Ends all of them at once (SIGKILL). */
  async kill(): Promise<void> {
    await this.#child.kill();
  }
}

function peer(file: string): string {
  return fileURLToPath(new URL(`peers/${file}`, import.meta.url));
}
