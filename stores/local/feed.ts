import type { SchedulerLike } from 'rxjs';
import { leaderRecord, type Contender } from '../../lib/contract.js';
import type { Feed, FeedListener } from '../shared/view.js';
import type { Directory } from './directory.js';
import { translate } from './failures.js';
import type { Folder } from './folder.js';
import type { Liveness } from './liveness.js';
import { standing } from './queue.js';

export interface FeedSurroundings {
  readonly directory: Directory;
  readonly folder: Folder;
  readonly liveness: Liveness;
  readonly scheduler: SchedulerLike;
}

/** Keeps the queue of an election in sight, and who in it is alive. */
export function openFeed(surroundings: FeedSurroundings, listener: FeedListener): Feed {
  return new LocalFeed(surroundings, listener);
}

class LocalFeed implements Feed {
  readonly #surroundings: FeedSurroundings;
  readonly #listener: FeedListener;
  readonly #stopListening: () => void;
  readonly #watched = new Map<string, () => void>();
  #known = new Map<bigint, Contender>();
  #shown: readonly Contender[] | undefined;
  #proof = -Infinity;
  #stopped = false;

  constructor(surroundings: FeedSurroundings, listener: FeedListener) {
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#stopListening = surroundings.folder.listen(() => this.#look());
    queueMicrotask(() => this.#look()); // not before the feed is known
  }

  get provedAt(): number {
    return this.#proof;
  }

  stop(): void {
    this.#stopped = true;
    this.#stopListening();
    this.#watch(new Set());
  }

  #look(): void {
    if (this.#stopped) return;
    const { scheduler } = this.#surroundings;
    const asked = scheduler.now();
    try {
      if (this.#shown === undefined) this.#surroundings.directory.open();
      const queue = this.#queue();
      this.#proof = asked;
      this.#show(queue);
    } catch (error) {
      const failure = translate('read the queue', error);
      if (failure.code !== 'store-unreachable') this.#listener.fail(failure);
    }
  }

  #show(queue: readonly Contender[]): void {
    const isNew =
      this.#shown?.length !== queue.length || queue.some((each, n) => each !== this.#shown?.[n]);
    this.#shown = queue;
    if (isNew) this.#listener.show(queue);
    else this.#listener.contact();
  }

  #queue(): readonly Contender[] {
    const { folder, liveness } = this.#surroundings;
    const sessions = new Set<string>();
    const queue: Contender[] = [];
    const { claims, highest } = folder.claims.list();
    const leading = this.#shown?.[0]?.token ?? 0n;
    for (const number of claims) {
      // A late claim, which is withdrawn by its own process: nobody comes before one who leads. But
      // if nothing tells of that one any more, what was in the folder is lost, and that is shown.
      if (number < leading && highest >= leading && !this.#known.has(number)) continue;
      const claim = standing(folder.claims, number, liveness)?.claim;
      if (claim === undefined) continue;
      sessions.add(claim.session);
      const known = this.#known.get(number);
      const isSame = known?.id === claim.id && known.data === claim.data;
      queue.push(isSame ? known : leaderRecord(claim.id, number, claim.data));
    }
    this.#known = new Map(queue.map((each) => [each.token, each]));
    this.#watch(sessions);
    return queue;
  }

  /** Nothing in the folder tells that a process has died. */
  #watch(sessions: ReadonlySet<string>): void {
    for (const [session, stop] of this.#watched)
      if (!sessions.has(session)) {
        this.#watched.delete(session);
        stop();
      }
    const { liveness } = this.#surroundings;
    for (const session of sessions)
      if (!this.#watched.has(session))
        this.#watched.set(
          session,
          liveness.watch(session, () => this.#look()),
        );
  }
}
