import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.js';
import type { ReservedPort } from './ports.js';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';

/** How long a start may take: a busy machine is slow. */
const patience = 20_000;

/** A real server in a process of its own, with its ports, and its data in a temporary folder. */
export abstract class ServerProcess {
  protected readonly folder: TemporaryFolder;
  readonly #name: string;
  readonly #ports: readonly ReservedPort[];
  #child: Child | undefined;

  /** `ports`: the first one is that of its clients. */
  protected constructor(name: string, ports: readonly ReservedPort[]) {
    this.#name = name;
    this.#ports = ports;
    this.folder = temporaryFolder(name);
  }

  get port(): number {
    return this.portOf(0);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exit === undefined;
  }

  /** The end of what the server has logged: warnings and errors. */
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

  /** As `restart`, but everything that was stored is gone: what counts it starts anew. */
  async wipe(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
    await this.launch();
  }

  /** Ends the server for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    this.folder.remove();
    for (const port of this.#ports) port.release();
  }

  /** Starts the process; resolves when it serves requests. */
  async launch(): Promise<void> {
    this.begin();
    await this.serves();
  }

  /** Starts the process. */
  begin(): void {
    this.#child = this.spawn();
  }

  /** Resolves when it serves requests. */
  async serves(): Promise<void> {
    const limit = performance.now() + patience;
    while (!(await this.isServing())) {
      if (this.#child?.exit || performance.now() > limit) {
        const written = (this.#child?.lines.slice(-20) ?? []).join('\n') + this.log;
        await this.stop();
        throw new Error(`${this.#name} did not start: ${written}`);
      }
      await sleep(20);
    }
  }

  protected get data(): string {
    return join(this.folder.path, 'data');
  }

  protected portOf(index: number): number {
    const port = this.#ports[index];
    if (port === undefined) throw new Error(`${this.#name} has no port ${index}`);
    return port.port;
  }

  protected abstract spawn(): Child;

  protected abstract isServing(): Promise<boolean>;
}
