import { LeadershipError } from '../../lib/errors.js';
import { Books } from './books.js';
import type { Connection } from './connection.js';
import { Session, type SessionSettings } from './session.js';

/** A session and what is owed on it. */
export interface Opened {
  readonly session: Session;
  readonly books: Books;
}

/** A share in a session. Given back once; with the last one the session ends. */
export interface Share {
  readonly opened: Promise<Opened>;
  giveBack(): void;
}

interface Slot {
  shares: number;
  readonly opened: Promise<Opened>;
}

/** The sessions of a store: one per ttl, from its first claim until its last is settled. */
export class Sessions {
  readonly #connection: Connection;
  readonly #settings: SessionSettings;
  /** Which session a new claim gets. */
  readonly #present = new Map<number, Slot>();
  readonly #all = new Set<Slot>();
  readonly #ends = new Set<Promise<unknown>>();

  constructor(connection: Connection, settings: SessionSettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  share(ttl: number): Share {
    const slot = this.#present.get(ttl) ?? this.#open(ttl);
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

  /** No renewals any more: every session ends with its lease, if not before. */
  expire(): void {
    for (const { opened } of this.#all)
      opened.then(
        ({ session }) => session.expire(),
        () => undefined,
      );
  }

  /** Ends all sessions at once, for example when the store has lost its data. */
  endAll(error: LeadershipError): void {
    for (const { opened } of this.#all)
      opened.then(
        ({ session }) => session.end(error),
        () => undefined,
      );
  }

  /** Resolves when all sessions that are ending have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#ends);
  }

  #open(ttl: number): Slot {
    const forget = () => {
      if (this.#present.get(ttl) === slot) this.#present.delete(ttl);
    };
    const opened = Session.open(this.#connection, ttl, this.#settings).then((session) => {
      session.onEnd(forget);
      return { session, books: new Books(session, this.#connection.scheduler, forget) };
    });
    const slot: Slot = { shares: 0, opened };
    opened.catch(() => {
      forget();
      this.#all.delete(slot);
    });
    this.#present.set(ttl, slot);
    this.#all.add(slot);
    return slot;
  }

  #end(ttl: number, slot: Slot): void {
    if (this.#present.get(ttl) === slot) this.#present.delete(ttl);
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
