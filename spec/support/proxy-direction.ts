import type { Socket } from 'node:net';

/** What happens to bytes on their way: `hold` keeps them for later, `drop` throws them away. */
export type Mode = 'pass' | 'hold' | 'drop';

/** The end of the sender's stream, in order or by force, is kept and dropped like its bytes. */
type Item = Buffer | 'end' | 'reset';

/** One direction of all connections of a proxy. */
export class Direction {
  /** How many bytes have arrived from senders. */
  bytes = 0;
  /** Milliseconds that everything is late. Order is kept when it changes. */
  delay = 0;
  readonly lanes = new Set<Lane>();
  #mode: Mode = 'pass';

  get mode(): Mode {
    return this.#mode;
  }

  set mode(mode: Mode) {
    this.#mode = mode;
    for (const lane of [...this.lanes]) lane.pump();
  }
}

/** One direction of one connection: a queue in front of the receiver. */
export class Lane {
  /** Called with each chunk just before the receiver gets it. */
  onDeliver: (chunk: Buffer) => void = () => undefined;
  /** Called after something was dropped. */
  onDrop: () => void = () => undefined;
  readonly #direction: Direction;
  readonly #receiver: Socket;
  readonly #abandon: () => void;
  #queue: { readonly item: Item; readonly due: number }[] = [];
  #ownMode: Mode | undefined;
  #gap = false;
  #timer: NodeJS.Timeout | undefined;

  /** `abandon` ends the connection: a stream that has lost bytes must not go on. */
  constructor(direction: Direction, sender: Socket, receiver: Socket, abandon: () => void) {
    this.#direction = direction;
    this.#receiver = receiver;
    this.#abandon = abandon;
    direction.lanes.add(this);
    sender.on('data', (chunk) => this.#push(chunk));
    sender.on('end', () => this.#push('end'));
    sender.on('error', () => this.#push('reset'));
  }

  /** The mode of this connection alone; `undefined`: that of all. */
  set ownMode(mode: Mode | undefined) {
    this.#ownMode = mode;
    this.pump();
  }

  /** Does with the queue what the mode says. */
  pump(): void {
    clearTimeout(this.#timer);
    const mode = this.#ownMode ?? this.#direction.mode;
    if (mode === 'drop') this.#drop();
    if (mode === 'pass') this.#pass();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#direction.lanes.delete(this);
  }

  #push(item: Item): void {
    if (typeof item !== 'string') this.#direction.bytes += item.length;
    const earliest = this.#queue.at(-1)?.due ?? 0;
    const due = Math.max(earliest, performance.now() + this.#direction.delay);
    this.#queue.push({ item, due });
    this.pump();
  }

  #drop(): void {
    if (this.#queue.length === 0) return;
    this.#queue = [];
    this.#gap = true;
    this.onDrop();
  }

  #pass(): void {
    if (this.#gap) {
      this.#abandon();
      return;
    }
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const wait = next.due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.pump(), Math.ceil(wait));
        return;
      }
      this.#queue.shift();
      this.#deliver(next.item);
    }
  }

  #deliver(item: Item): void {
    if (this.#receiver.destroyed) return;
    if (item === 'end') this.#receiver.end();
    else if (item === 'reset') this.#receiver.resetAndDestroy();
    else {
      this.onDeliver(item);
      this.#receiver.write(item);
    }
  }
}
