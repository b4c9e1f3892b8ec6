import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Child, type Exit } from '../../support/child.js';
import { boxFolder } from './box.js';
import type { Network } from './network.js';

/** The disk of a server: etcd takes 64 MiB for each file of its log before it writes. */
const disk = '220m';

/** One server of a cluster, on a machine of its own. */
export class Node {
  readonly name: string;
  readonly folder: string;
  readonly address: string;
  readonly #network: Network;
  readonly #command: (node: Node) => readonly string[];
  #child: Child | undefined;
  #frozen = 0;
  /** How many faults keep it down. */
  #down = 0;

  constructor(name: string, network: Network, command: (node: Node) => readonly string[]) {
    this.name = name;
    this.#network = network;
    this.#command = command;
    this.address = network.addressOf(name);
    this.folder = join(boxFolder, name);
    mkdirSync(this.folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${disk}`, 'tmpfs', this.folder]);
  }

  /** It runs, and is not frozen. */
  get isUp(): boolean {
    return this.#down === 0 && this.#frozen === 0 && this.isRunning;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exit === undefined;
  }

  /** The end of what it has said. */
  get log(): string {
    return this.#child === undefined
      ? ''
      : this.#child.lines.slice(-20).join('\n') + this.#child.log;
  }

  begin(): void {
    if (this.isRunning) return;
    const [program, args] = this.#network.on(this.name, this.#command(this));
    this.#child = new Child(program, args);
  }

  /** Ends the process at once, and keeps it down until `revive` was called as often. */
  async kill(): Promise<Exit | undefined> {
    this.#down += 1;
    return this.#child?.kill();
  }

  revive(): void {
    this.#down -= 1;
    if (this.#down === 0) this.begin();
  }

  freeze(): void {
    this.#frozen += 1;
    this.#child?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#frozen -= 1;
    if (this.#frozen === 0) this.#child?.signal('SIGCONT');
  }

  /** It is out of order, whatever its process does. */
  spoil(): void {
    this.#down += 1;
  }

  mend(): void {
    this.#down -= 1;
    if (this.#down === 0) this.begin();
  }

  /** Leaves no room on its disk. The result makes room again. */
  fillDisk(): () => void {
    const filler = join(this.folder, 'filler');
    const file = openSync(filler, 'w');
    const block = Buffer.alloc(1 << 20);
    try {
      for (;;) writeSync(file, block);
    } catch {
      closeSync(file); // it is full
    }
    return () => rmSync(filler, { force: true });
  }
}
