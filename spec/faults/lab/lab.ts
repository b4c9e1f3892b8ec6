import { Child } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import { now, type ToldOf } from '../history.js';
import { boxFolder } from './box.js';
import { Client } from './client.js';
import type { Cluster, StartCluster } from './cluster.js';
import { HistoryFile } from './history-file.js';
import { Network } from './network.js';
import type { Node } from './node.js';

export interface LabOptions {
  readonly start: StartCluster;
  /** The programs, in JavaScript. */
  readonly candidate: string;
  readonly register: string;
  readonly crowd: string;
  /** Further arguments of every candidate. */
  readonly args: readonly string[];
  /** The program of the followers; without it there are none. */
  readonly follower?: string | undefined;
}

const candidates = ['c1', 'c2', 'c3', 'c4', 'c5'];
const followers = ['f1', 'f2'];
/** Where three hundred candidates come from, now and then. */
const crowded = 'x1';

/**
 * One election in a laboratory: three servers, five candidates and two followers, each on a machine
 * of its own, and a register that no fault strikes. It knows of every fault what it takes away, and
 * so when nobody can lead.
 */
export class Lab {
  readonly key = 'fault/lab';
  readonly network: Network;
  readonly cluster: Cluster;
  readonly candidates: readonly Client[];
  readonly followers: readonly Client[];
  readonly history: HistoryFile;
  /** Three hundred more candidates, in one process. */
  readonly crowd: () => Client;
  readonly #register: Child;
  readonly #metronome: NodeJS.Timeout;
  #nobody = false;
  #lockedOut = 0;
  /** How many faults strike now, and since when there is at most one. */
  #striking = 0;
  #alone = -Infinity;

  private constructor(
    parts: Pick<Lab, 'network' | 'cluster' | 'history' | 'candidates' | 'followers' | 'crowd'>,
    register: Child,
  ) {
    ({
      network: this.network,
      cluster: this.cluster,
      history: this.history,
      candidates: this.candidates,
      followers: this.followers,
      crowd: this.crowd,
    } = parts);
    this.#register = register;
    this.#metronome = metronome(this.history);
  }

  static async open({
    start,
    candidate,
    register,
    crowd,
    args,
    follower,
  }: LabOptions): Promise<Lab> {
    const network = new Network();
    for (const machine of ['n1', 'n2', 'n3', ...candidates, ...followers, crowded])
      await network.add(machine);
    const cluster = await start(network);
    const history = new HistoryFile();
    const socket = `${boxFolder}/register`;
    const registering = new Child(process.execPath, [register, socket, history.path]);
    await registering.until('the register listens', () => registering.lines[0]);
    const enter = (program: string, name: string, index: number, flags: readonly string[]) => {
      const store = cluster.url(index);
      const given = { store, key: 'fault/lab', id: name, history: history.path, register: socket };
      const named = Object.entries(given).map(([option, value]) => `--${option}=${value}`);
      return new Client(name, network, history, { program, args: [...named, ...flags] });
    };
    return new Lab(
      {
        network,
        cluster,
        history,
        candidates: candidates.map((name, index) => enter(candidate, name, index, args)),
        followers: (follower === undefined ? [] : followers).map((name, index) =>
          enter(follower!, name, index + 1, ['--follow', '--held']),
        ),
        crowd: () => enter(crowd, crowded, 0, []),
      },
      registering,
    );
  }

  get clients(): readonly Client[] {
    return [...this.candidates, ...this.followers];
  }

  close(): void {
    clearInterval(this.#metronome);
    this.#register.signal('SIGKILL');
  }

  /** Whose term began last, if it is still one of those that run. */
  get leading(): Client | undefined {
    const { who } = this.history.all('start').at(-1) ?? {};
    return this.candidates.find((candidate) => candidate.who === who);
  }

  fault(name: string, phase: 'from' | 'to'): void {
    if (this.#striking > 1) this.#alone = now();
    this.#striking += phase === 'from' ? 1 : -1;
    this.history.write({ t: now(), who: 'lab', e: 'fault', name, phase });
  }

  note(what: string): void {
    this.history.write({ t: now(), who: 'lab', e: 'note', what });
  }

  /**
   * An operator takes the claim of the leader away: it learns of that soon after, by its watch. Who
   * cannot hear of it, because of another fault or its aftermath, learns it by its clock.
   */
  async forced(what: () => Promise<void>): Promise<void> {
    const { leading } = this;
    const t = now();
    await what();
    const alone = this.#striking === 1 && t - this.#alone > this.cluster.ttl;
    const hears = alone && leading?.isWell === true && this.#healthy(leading);
    const until = now() + (hears ? this.cluster.forced : this.cluster.ttl);
    this.history.write({ t, who: 'lab', e: 'forced', until });
  }

  /** No candidate may do anything until it is let in. */
  lockOut(): void {
    this.#lockedOut += 1;
    this.judge();
  }

  letIn(): void {
    this.#lockedOut -= 1;
    this.judge();
  }

  /** To be called after each change: writes down from when to when nobody can lead. */
  judge(): void {
    const nobody = !this.candidates.some((candidate) => this.#healthy(candidate));
    if (nobody === this.#nobody) return;
    this.#nobody = nobody;
    this.history.write({ t: now(), who: 'lab', e: 'nobody', phase: nobody ? 'from' : 'to' });
  }

  /** Somebody leads at a moment after `since`. */
  led(since: number): ToldOf<'probe'> | undefined {
    return this.history.all('probe').findLast(({ t, valid }) => valid && t > since);
  }

  async until<T>(what: string, look: () => T | undefined | false, within: number): Promise<T> {
    const found = await eventually(
      () => {
        const seen = look();
        return seen !== undefined && seen !== false && { seen };
      },
      { what, within },
    );
    return found.seen;
  }

  /** The server that the leader, or somebody, is connected to. */
  async serverOf(client: Client): Promise<Node> {
    for (const node of this.cluster.nodes)
      if ((await this.network.connections(client.name, node.name)) > 0) return node;
    return this.cluster.nodes[0]!;
  }

  /** It runs, and a server that has a majority and hears all others that have hears it too. */
  #healthy(candidate: Client): boolean {
    if (!candidate.isWell || this.#lockedOut > 0) return false;
    const { nodes, oneServerEach } = this.cluster;
    const own = oneServerEach ? [nodes[this.candidates.indexOf(candidate) % nodes.length]!] : nodes;
    return own.some((node) => this.#isSound(node) && this.#hear(candidate.name, node.name));
  }

  #isSound(node: Node): boolean {
    const up = this.cluster.nodes.filter((other) => other.isUp);
    if (!up.includes(node)) return false;
    const neighbours = up.filter((other) => other !== node && this.#hear(node.name, other.name));
    const others = neighbours.flatMap((neighbour) =>
      up.filter((other) => other !== node && this.#hear(neighbour.name, other.name)),
    );
    return neighbours.length > 0 && others.every((other) => neighbours.includes(other));
  }

  #hear(one: string, other: string): boolean {
    return this.network.passes(one, other) && this.network.passes(other, one);
  }
}

/** Tells when the machine did not let us run: it may not have let the others run either. */
function metronome(history: HistoryFile): NodeJS.Timeout {
  let last = now();
  return setInterval(() => {
    const late = now() - last - 20;
    if (late > 40)
      history.write({ t: now(), who: 'lab', e: 'note', what: `late ${late.toFixed()}` });
    last = now();
  }, 20);
}
