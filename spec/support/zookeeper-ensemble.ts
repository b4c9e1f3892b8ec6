import { eventually } from './eventually.js';
import { reservePort, type ReservedPort } from './ports.js';
import { TcpProxy } from './proxy.js';
import { ZooKeeperServer, type ZooKeeperOptions } from './zookeeper-server.js';

const ids = [1, 2, 3] as const;

/** All that one member sends to another goes through here, on connections that either has opened. */
interface Wire {
  readonly ends: readonly [number, number];
  readonly proxy: TcpProxy;
}

/**
 * Three real servers that make one ZooKeeper, and the network between them.
 *
 * Partitions are made of proxies, not of network namespaces: these need rights, or a kernel that
 * gives them to everybody, and then a runner inside of them. A member tells the others its own
 * address, so the same name must lead each of them to another proxy: every member has a hosts file.
 */
export class ZooKeeperEnsemble {
  readonly members: readonly ZooKeeperServer[];
  readonly #ports: readonly ReservedPort[];
  readonly #wires: readonly Wire[];

  private constructor(
    members: readonly ZooKeeperServer[],
    ports: readonly ReservedPort[],
    wires: readonly Wire[],
  ) {
    this.members = members;
    this.#ports = ports;
    this.#wires = wires;
  }

  /** Resolves when all of them serve requests. `options`: of all, or by the index of the member. */
  static async start(
    options: ZooKeeperOptions | ((index: number) => ZooKeeperOptions) = {},
  ): Promise<ZooKeeperEnsemble> {
    const ports: ReservedPort[] = [];
    const wires: Wire[] = [];
    const lines: string[] = [];
    for (const to of ids) {
      const [quorum, election] = [await reservePort(), await reservePort()];
      ports.push(quorum, election);
      lines.push(`server.${to}=${nameOf(to)}:${quorum.port}:${election.port}`);
      for (const from of ids.filter((id) => id !== to))
        for (const { port } of [quorum, election])
          wires.push({ ends: [from, to], proxy: await TcpProxy.startAt(way(from, to), port) });
    }
    const members: ZooKeeperServer[] = [];
    for (const id of ids) {
      const own = typeof options === 'function' ? options(id - 1) : options;
      const hosts = ids.map((to) => `${way(id, to)} ${nameOf(to)}\n`).join('');
      members.push(new ZooKeeperServer(own, await reservePort(), { id, lines, hosts }));
    }
    for (const member of members) member.begin(); // one alone serves nobody
    await Promise.all(members.map((member) => member.serves()));
    return new ZooKeeperEnsemble(members, ports, wires);
  }

  /** The followers, the leader last. */
  async inOrder(): Promise<ZooKeeperServer[]> {
    return eventually(
      async () => {
        const modes = await Promise.all(this.members.map((member) => member.mode()));
        const leader = this.members[modes.indexOf('leader')];
        if (leader === undefined || modes.includes(undefined)) return false;
        return [...this.members.filter((member) => member !== leader), leader];
      },
      { within: 20_000 },
    );
  }

  /** Resolves when one of these leads the ensemble, so that it answers. How long that takes is its affair. */
  async led(by: readonly ZooKeeperServer[]): Promise<void> {
    const leads = async () =>
      (await Promise.all(by.map((member) => member.mode()))).includes('leader');
    await eventually(leads, { within: 60_000 });
  }

  /** Silence between this member and the others, both ways, until it is healed. */
  cutOff(member: ZooKeeperServer): void {
    for (const proxy of this.#around(member)) proxy.blackhole();
  }

  /** All that goes between this member and the others is so many milliseconds late. */
  slowDown(member: ZooKeeperServer, delay: number): void {
    for (const { up, down } of this.#around(member)) up.delay = down.delay = delay;
  }

  /** What was held back between members arrives now. */
  heal(): void {
    for (const { proxy } of this.#wires) proxy.heal();
  }

  #around(member: ZooKeeperServer): TcpProxy[] {
    const id = this.members.indexOf(member) + 1;
    return this.#wires.filter(({ ends }) => ends.includes(id)).map(({ proxy }) => proxy);
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    for (const { proxy } of this.#wires) proxy.stop();
    for (const port of this.#ports) port.release();
  }
}

function nameOf(id: number): string {
  return `member-${id}`;
}

/** Where one member finds another, and itself. */
function way(from: number, to: number): string {
  return from === to ? '127.0.0.1' : `127.0.${from}.${to}`;
}
