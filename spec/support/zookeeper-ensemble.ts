import { eventually } from './eventually.js';
import { reservePort, type ReservedPort } from './ports.js';
import { ZooKeeperServer, type ZooKeeperOptions } from './zookeeper-server.js';

/** Three real servers that make one ZooKeeper. */
export class ZooKeeperEnsemble {
  readonly members: readonly ZooKeeperServer[];
  readonly #ports: readonly ReservedPort[];

  private constructor(members: readonly ZooKeeperServer[], ports: readonly ReservedPort[]) {
    this.members = members;
    this.#ports = ports;
  }

  /** Resolves when all of them serve requests. */
  static async start(options: ZooKeeperOptions = {}): Promise<ZooKeeperEnsemble> {
    const ports: ReservedPort[] = [];
    const port = async () => {
      const reserved = await reservePort();
      ports.push(reserved);
      return reserved.port;
    };
    const lines: string[] = [];
    for (const id of [1, 2, 3])
      lines.push(`server.${id}=127.0.0.1:${await port()}:${await port()}`);
    const members: ZooKeeperServer[] = [];
    for (const id of [1, 2, 3])
      members.push(new ZooKeeperServer(options, await reservePort(), { id, lines }));
    for (const member of members) member.begin(); // one alone serves nobody
    await Promise.all(members.map((member) => member.serves()));
    return new ZooKeeperEnsemble(members, ports);
  }

  /** The followers, the leader last. */
  async inOrder(): Promise<ZooKeeperServer[]> {
    return eventually(async () => {
      const modes = await Promise.all(this.members.map((member) => member.mode()));
      const leader = this.members[modes.indexOf('leader')];
      if (leader === undefined || modes.includes(undefined)) return false;
      return [...this.members.filter((member) => member !== leader), leader];
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    for (const port of this.#ports) port.release();
  }
}
