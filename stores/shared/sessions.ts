import type { SchedulerLike } from 'rxjs';
import type { LeadershipError } from '../../lib/errors.js';
import { Books } from './books.js';
import type { Failures } from './failures.js';
import type { Session, SessionDriver } from './session.js';

/** A session and what is owed on it. */
export interface Opened<D extends SessionDriver> {
  readonly session: Session<D>;
  readonly books: Books;
}

/** A share in a session. Given back once; with the last one the session ends. */
export interface Share<D extends SessionDriver> {
  readonly opened: Promise<Opened<D>>;
  giveBack(): void;
}

interface Slot<D extends SessionDriver> {
  shares: number;
  session: Session<D> | undefined;
  readonly opened: Promise<Opened<D>>;
}

/** How a store makes its sessions. */
export interface SessionsParts<D extends SessionDriver> {
  readonly failures: Failures;
  readonly scheduler: SchedulerLike;
  readonly open: (ttl: number) => Promise<Session<D>>;
}

/** The sessions of a store: one per ttl, from its first claim until its last is settled. */
export class Sessions<D extends SessionDriver> {
  readonly #parts: SessionsParts<D>;
  /** Which session a new claim gets. */
  readonly #present = new Map<number, Slot<D>>();
  readonly #all = new Set<Slot<D>>();
  readonly #ends = new Set<Promise<unknown>>();
  #expiring = false;

  constructor(parts: SessionsParts<D>) {
    this.#parts = parts;
  }

  share(ttl: number): Share<D> {
    const present = this.#present.get(ttl);
    // Also before anybody has noticed that it is over: whoever got it would only ask again.
    const slot = present === undefined || present.session?.isRetired ? this.#open(ttl) : present;
    slot.shares += 1;
    let given = false;
    return {
      opened: slot.opened,
      giveBack: () => {
        if (given) return;
        given = true;
        slot.shares -= 1;
        if (slot.shares === 0) this.#end(ttl, slot);
      },
    };
  }

  /** The longest ttl that was granted. */
  get longest(): number {
    return Math.max(0, ...this.#opened().map(({ lease }) => lease.ttl));
  }

  /** No renewals and no new sessions any more: each ends with its lease, if not before. */
  expire(): void {
    this.#expiring = true;
    for (const slot of this.#all)
      slot.opened.then(
        ({ session }) => session.expire(),
        () => undefined, // it was never opened
      );
  }

  /** Every session is over at once: the store has lost its data, or is closed. */
  endAll(error: LeadershipError): void {
    this.#present.clear();
    for (const session of this.#opened()) session.end(error);
  }

  /** Resolves when all sessions that are ending have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#ends);
  }

  #opened(): Session<D>[] {
    return [...this.#all].flatMap(({ session }) => session ?? []);
  }

  #open(ttl: number): Slot<D> {
    const { failures, scheduler } = this.#parts;
    const opened = this.#begin(ttl).then((session) => {
      slot.session = session;
      return { session, books: new Books({ session, failures, scheduler }) };
    });
    const slot: Slot<D> = { shares: 0, session: undefined, opened };
    opened.catch(() => {
      this.#forget(ttl, slot);
      this.#all.delete(slot);
    });
    this.#present.set(ttl, slot);
    this.#all.add(slot);
    return slot;
  }

  async #begin(ttl: number): Promise<Session<D>> {
    if (this.#expiring) throw this.#parts.failures.storeClosed();
    return this.#parts.open(ttl);
  }

  #forget(ttl: number, slot: Slot<D>): void {
    if (this.#present.get(ttl) === slot) this.#present.delete(ttl);
  }

  #end(ttl: number, slot: Slot<D>): void {
    this.#forget(ttl, slot);
    const end = slot.opened
      .then(
        ({ session }) => session.revoke(),
        () => undefined, // it was never opened
      )
      .finally(() => {
        this.#ends.delete(end);
        this.#all.delete(slot);
      });
    this.#ends.add(end);
  }
}
