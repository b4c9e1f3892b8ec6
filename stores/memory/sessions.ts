import { forkJoin, map, of, takeUntil, type Observable } from 'rxjs';
import { reached } from '../../lib/clock.js';
import type { LeaseTiming } from '../../lib/contract.js';
import { LeadershipError } from '../../lib/errors.js';
import { effect } from './effect.js';
import { Session, type SessionContext } from './session.js';

/** The sessions of one store: one per ttl, a new one where the last is over. */
export class Sessions {
  readonly #context: SessionContext;
  readonly #name: string;
  readonly #timing: (ttl: number) => LeaseTiming;
  readonly #current = new Map<number, Session>();
  /** Also those that are over, until the server has no trace of them. */
  readonly #unfinished = new Set<Session>();
  #names = 0;
  #closing = false;

  /** `name`: unlike that of any other store of the server. */
  constructor(context: SessionContext, name: string, timing: (ttl: number) => LeaseTiming) {
    this.#context = context;
    this.#name = name;
    this.#timing = timing;
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  /** A name that nobody else uses at this server. */
  nextName(): string {
    this.#names += 1;
    return `${this.#name}/${this.#names}`;
  }

  /** The session for claims of this ttl. */
  use(ttl: number): Session {
    const current = this.#current.get(ttl);
    if (current !== undefined && !current.isOver) return current;
    const session = new Session(this.nextName(), this.#timing(ttl), this.#context);
    this.#current.set(ttl, session);
    this.#unfinished.add(session);
    effect(session.finished$, () => {
      this.#unfinished.delete(session);
      if (this.#current.get(ttl) === session) this.#current.delete(ttl);
    });
    return session;
  }

  /**
   * Emits when no session is left. Claims have time to leave until their lease, as it stands now,
   * runs out; what is there then is ended.
   */
  close(): Observable<void> {
    this.#closing = true;
    const { clock, scheduler } = this.#context;
    const ends = [...this.#unfinished].map((session) => {
      const limit = session.validUntil;
      const closed = new LeadershipError('store-closed', 'the store was closed');
      effect(reached(() => limit, clock, scheduler).pipe(takeUntil(session.over$)), () =>
        session.end(closed, 'perhaps there'),
      );
      return session.finished$;
    });
    return ends.length === 0 ? of(undefined) : forkJoin(ends).pipe(map(() => undefined));
  }
}
