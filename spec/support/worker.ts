import { Child, type ChildOptions, type Exit } from './child.js';

/**
 * A TypeScript program in a process of its own, to be stopped, continued and killed. It writes
 * events as lines of JSON and reads commands as lines of JSON: see `worker-process.ts`.
 */
export class Worker<E = unknown, C = unknown> {
  /** All events so far, in the order in which they were written. */
  readonly events: E[] = [];
  readonly #child: Child;

  /** `file`: an absolute path, or a `file:` URL; of JavaScript, if it shall start sooner. */
  constructor(file: string | URL, args: readonly string[] = [], options: ChildOptions = {}) {
    const program = file instanceof URL ? file.pathname : file;
    const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : [];
    this.#child = new Child(process.execPath, [...loader, program, ...args], options);
    this.#child.onLine((line) => this.events.push(JSON.parse(line) as E));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** `undefined` while it runs, `null` after the end by a signal. */
  get exitCode(): number | null | undefined {
    return this.#child.exit?.code;
  }

  get exited(): Promise<Exit> {
    return this.#child.exited;
  }

  /** The end of its standard error. */
  get log(): string {
    return this.#child.log;
  }

  /** The first event from number `from` on that satisfies `predicate`, past or to come. */
  until<S extends E>(
    predicate: (event: E) => event is S,
    timeout?: number,
    from?: number,
  ): Promise<S>;
  until(predicate: (event: E) => boolean, timeout?: number, from?: number): Promise<E>;
  until(predicate: (event: E) => boolean, timeout = 10_000, from = 0): Promise<E> {
    const find = () => this.events.slice(from).find(predicate);
    return this.#child.until(`an event with ${predicate.toString()}`, find, timeout);
  }

  send(command: C): void {
    this.#child.writeLine(JSON.stringify(command));
  }

  /** Freezes it, as a long pause of a virtual machine does. */
  sigstop(): void {
    this.#child.signal('SIGSTOP');
  }

  sigcont(): void {
    this.#child.signal('SIGCONT');
  }

  /** Asks it to end in order. */
  sigterm(): void {
    this.#child.signal('SIGTERM');
  }

  /** Ends it at once; resolves when it is gone. */
  sigkill(): Promise<Exit> {
    return this.#child.kill();
  }
}
