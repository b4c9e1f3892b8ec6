import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The network of a laboratory: each machine is a network namespace with a cable of its own to a
 * router, which is the namespace that we are in. The rules of the router cut any directed pair, and
 * what is cut is silent, as a broken network is. We reach every machine at any time.
 */
export class Network {
  readonly #machines: string[] = [];
  /** How many faults cut this way at present. */
  readonly #cuts = new Map<string, number>();
  readonly #slow = new Map<string, number>();

  async add(machine: string): Promise<void> {
    const number = this.#machines.push(machine);
    const [router, own] = [`10.231.${number}.1`, `10.231.${number}.2`];
    const inside = ['ip', '-n', machine];
    const cable = `p${number}`;
    for (const command of [
      ['ip', 'netns', 'add', machine],
      [...inside, 'link', 'set', 'lo', 'up'],
      ['ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine],
      ['ip', 'addr', 'add', `${router}/24`, 'dev', cable],
      ['ip', 'link', 'set', cable, 'up'],
      [...inside, 'addr', 'add', `${own}/24`, 'dev', 'eth0'],
      [...inside, 'link', 'set', 'eth0', 'up'],
      [...inside, 'route', 'add', 'default', 'via', router],
    ])
      await run(command[0]!, command.slice(1));
  }

  addressOf(machine: string): string {
    return `10.231.${this.#numberOf(machine)}.2`;
  }

  /** The command that runs another one on a machine. It becomes that one: same process id. */
  on(machine: string, command: readonly string[]): [program: string, args: string[]] {
    return ['ip', ['netns', 'exec', machine, ...command]];
  }

  /** Nothing of these arrives at those, until it is healed as often. */
  cut(from: readonly string[], to: readonly string[]): Promise<void> {
    return this.#change(from, to, 1);
  }

  heal(from: readonly string[], to: readonly string[]): Promise<void> {
    return this.#change(from, to, -1);
  }

  /** Whether packets arrive, in this direction, and as fast as they should. */
  passes(from: string, to: string): boolean {
    return (
      (this.#cuts.get(wayOf(from, to)) ?? 0) === 0 &&
      (this.#slow.get(from) ?? 0) + (this.#slow.get(to) ?? 0) === 0
    );
  }

  /**
   * The cable of this machine becomes so thin that even renewals queue up in it: after a moment
   * everything is `delay` milliseconds late, each way, and what is later is lost.
   */
  async slowDown(machine: string, delay: number): Promise<void> {
    const before = this.#slow.get(machine) ?? 0;
    this.#slow.set(machine, before + 1);
    if (before > 0) return;
    const thin = ['root', 'tbf', 'rate', '4kbit', 'burst', '1600', 'latency', `${delay}ms`];
    await run('tc', ['qdisc', 'add', 'dev', this.#cableOf(machine), ...thin]);
    await run('tc', ['-n', machine, 'qdisc', 'add', 'dev', 'eth0', ...thin]);
  }

  async speedUp(machine: string): Promise<void> {
    const left = (this.#slow.get(machine) ?? 0) - 1;
    this.#slow.set(machine, left);
    if (left > 0) return;
    await run('tc', ['qdisc', 'del', 'dev', this.#cableOf(machine), 'root']);
    await run('tc', ['-n', machine, 'qdisc', 'del', 'dev', 'eth0', 'root']);
  }

  /** Breaks the connections that this machine has to that one: both ends get a reset. */
  async reset(machine: string, to: string): Promise<void> {
    const kill = ['ss', '-K', 'dst', this.addressOf(to)];
    const [program, args] = this.on(machine, kill);
    await run(program, args);
  }

  /** How many connections this machine has to that one. */
  async connections(machine: string, to: string): Promise<number> {
    const list = ['ss', '-Htn', 'state', 'established', 'dst', this.addressOf(to)];
    const [program, args] = this.on(machine, list);
    const { stdout } = await run(program, args);
    return stdout.split('\n').filter((line) => line !== '').length;
  }

  async #change(from: readonly string[], to: readonly string[], by: 1 | -1): Promise<void> {
    const lines: string[] = [];
    for (const one of from)
      for (const other of to) {
        if (one === other) continue;
        const way = wayOf(one, other);
        const before = this.#cuts.get(way) ?? 0;
        this.#cuts.set(way, before + by);
        if (before > 0 && before + by > 0) continue;
        const rule = `from ${this.addressOf(one)} to ${this.addressOf(other)} blackhole`;
        lines.push(`rule ${by > 0 ? 'add' : 'del'} ${rule}`);
      }
    await batch(lines);
  }

  #cableOf(machine: string): string {
    return `p${this.#numberOf(machine)}`;
  }

  #numberOf(machine: string): number {
    const index = this.#machines.indexOf(machine);
    if (index < 0) throw new Error(`there is no machine ${machine}`);
    return index + 1;
  }
}

function wayOf(from: string, to: string): string {
  return `${from} ${to}`;
}

/** All of them as nearly at once as `ip` can. */
async function batch(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const ip = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  ip.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  ip.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const code = await new Promise<number | null>((resolve) => ip.once('close', resolve));
  if (code !== 0) throw new Error(`ip -batch: ${errors}`);
}
