import type { Observable, Subscription } from 'rxjs';
import type {
  ClaimState,
  Contender,
  LeadershipError,
  LeadershipStore,
} from '../../../lib/index.js';
import { virtualElections, type VirtualElections } from '../../../testing/index.js';

/** What happened when, as `frame: who what`. */
export type Diary = string[];

export interface Writing extends VirtualElections {
  readonly write: (what: string) => void;
  /** Subscribes, and writes down whatever is told. */
  readonly follow: <T>(
    who: string,
    source$: Observable<T>,
    say: (value: T) => string,
  ) => Subscription;
  /** Stakes a claim and writes down where it stands and how it was settled. */
  readonly stake: (store: LeadershipStore, id: string, key?: string) => Subscription;
}

/** Runs a story in virtual time and returns its diary. */
export function diary(tell: (writing: Writing) => void, until = 60_000): Diary {
  const lines: Diary = [];
  virtualElections(
    (world) => {
      const write = (what: string) => lines.push(`${world.scheduler.now()}: ${what}`);
      const follow: Writing['follow'] = (who, source$, say) =>
        source$.subscribe({
          next: (value) => write(`${who} ${say(value)}`),
          error: (error: unknown) => write(`${who} error ${(error as LeadershipError).code}`),
          complete: () => write(`${who} complete`),
        });
      const stake: Writing['stake'] = (store, id, key = 'key') => {
        const settled = ({ outcome }: { outcome: string }) => write(`${id} ${outcome}`);
        return follow(id, store.lock(key, { id, settled }), brief);
      };
      tell({ ...world, write, follow, stake });
    },
    { until },
  );
  return lines;
}

function brief(state: ClaimState): string {
  switch (state.status) {
    case 'waiting':
      return `waiting ${state.ahead ?? '?'}`;
    case 'held':
      return `held ${state.token}`;
    case 'leaving':
      return 'leaving';
  }
}

/** Who is in a queue, the leader first. */
export function ids(queue: readonly Contender[]): string {
  return `[${queue.map(({ id }) => id).join()}]`;
}
