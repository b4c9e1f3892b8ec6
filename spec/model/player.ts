import { concat, exhaustMap, interval, of, Subject, Subscription, tap, timer } from 'rxjs';
import { campaign, type Leadership, type LeadershipStore, type Term } from '../../lib/index.js';
import { whileLeader } from '../../operators/index.js';
import type { HistoryRecorder } from '../../testing/index.js';
import { retry, type Deed, type Name } from './program.js';

/** What a player's surroundings let be done to it. */
type Levers = Partial<Record<Exclude<Deed, 'join' | 'resign' | 'stop' | 'leave'>, () => unknown>>;

type Trouble = Extract<Deed, 'cut' | 'deafen' | 'mute' | 'pause' | 'slow'>;

export interface PlayerOptions {
  readonly who: Name;
  readonly key: string;
  readonly store: LeadershipStore;
  readonly recorder: HistoryRecorder;
  readonly levers: Levers;
  readonly random?: () => number;
}

/**
 * A candidate as a program plays it, and what the model knows of it: whether it runs, whether it
 * can be reached.
 */
export class Player {
  readonly who: Name;
  readonly #options: PlayerOptions;
  readonly #troubles = new Set<Trouble>();
  #lastTrouble = -Infinity;
  #running: Life | undefined;

  constructor(options: PlayerOptions) {
    this.who = options.who;
    this.#options = options;
  }

  /** Whether it is in the race, as far as its user is concerned. */
  get runs(): boolean {
    return this.#running !== undefined;
  }

  /** The term that it believes in. */
  get term(): Term | undefined {
    const present = this.#running?.present;
    return present?.elected === true ? present.term : undefined;
  }

  /** Whether what happens at the server can be told to it at once. */
  get isReached(): boolean {
    return this.#troubles.size === 0;
  }

  /** When the last trouble was over; `Infinity` while there is any. */
  get calmSince(): number {
    return this.isReached ? this.#lastTrouble : Infinity;
  }

  do(deed: Deed): unknown {
    if (this.#troubles.has('pause') && deed !== 'resume') return; // does nothing by itself
    switch (deed) {
      case 'join':
        this.#join();
        return;
      case 'resign':
        this.term?.resign();
        return;
      case 'stop':
        this.#running?.stop$.next();
        this.#running = undefined;
        return;
      case 'leave':
        this.#running?.running.unsubscribe();
        this.#running = undefined;
        return;
      case 'heal':
        if (!this.#over('cut', 'deafen', 'mute', 'slow')) return;
        break;
      case 'resume':
        if (!this.#over('pause')) return;
        break;
      case 'cut':
      case 'deafen':
      case 'mute':
      case 'pause':
      case 'slow':
        if (this.#troubles.has(deed)) return;
        this.#troubles.add(deed);
        break;
      case 'expire':
      case 'delete':
        return this.#options.levers[deed]?.();
    }
    this.#lastTrouble = this.#options.store.scheduler.now();
    return this.#options.levers[deed]?.();
  }

  /** Whether there was any of these; there is none any more. */
  #over(...troubles: readonly Trouble[]): boolean {
    return troubles.filter((trouble) => this.#troubles.delete(trouble)).length > 0;
  }

  #join(): void {
    if (this.#running !== undefined) return;
    const { key, store, recorder, who, random } = this.#options;
    const stop$ = new Subject<void>();
    const rules = { ...retry, ...(random && { random }) };
    const leadership$ = campaign(store, { key, id: who, until: stop$, retry: rules });
    const life: Life = { stop$, running: new Subscription(), present: undefined };
    const played$ = leadership$.pipe(
      tap((leadership) => (life.present = leadership)),
      recorder.record({ who, store }),
      whileLeader((term) => work(term, store)),
    );
    this.#running = life;
    life.running.add(played$.subscribe());
  }
}

/** From joining to leaving. The last one may still be giving its claim back when the next begins. */
interface Life {
  readonly stop$: Subject<void>;
  readonly running: Subscription;
  present: Leadership | undefined;
}

/** Now and then something that has to be brought to its end while the key is held. */
function work(term: Term, { scheduler }: LeadershipStore) {
  const job = () => term.waitUntil(concat(of('begun'), timer(150, scheduler)));
  return interval(400, scheduler).pipe(exhaustMap(job));
}
