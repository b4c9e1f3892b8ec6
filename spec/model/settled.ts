import type { Contender, LeaderView } from '../../lib/index.js';
import type { Player } from './player.js';

/** What came of a program. */
export interface Outcome {
  /** The rules that were broken, each with how. */
  readonly findings: readonly string[];
  readonly terms: number;
  readonly changes: number;
}

/**
 * The model: once nothing is wrong any more, whoever runs stands in the queue once, the first of
 * it leads and nobody else, and a follower sees that. What is different is said.
 */
export function settledAs(
  players: readonly Player[],
  queue: readonly Contender[],
  view: LeaderView | undefined,
): string[] {
  const running = players.filter(({ runs }) => runs).map(({ who }) => who);
  const queued = queue.map(({ id }) => id);
  const leading = players.filter(({ term }) => term?.isValid() === true);
  const [first] = queue;
  const seen = view?.leader;
  const wrong = (rule: string, is: boolean, message: string) => (is ? [] : [`${rule}: ${message}`]);
  const told = leading.map(({ who, term }) => `${who} by ${String(term?.token)}`).join(', ');
  return [
    ...wrong(
      'queue',
      isSame([...queued].sort(), running),
      `[${queued.join(' ')}] stand in the queue, [${running.join(' ')}] run`,
    ),
    ...wrong(
      'one leads',
      isSame(
        leading.map(({ who, term }) => `${who} ${String(term?.token)}`),
        first === undefined ? [] : [`${first.id} ${String(first.token)}`],
      ),
      `[${told}] lead, the first in the queue is ${first?.id ?? 'nobody'} by ${String(first?.token)}`,
    ),
    ...wrong(
      'view',
      view?.stale === false && seen?.token === first?.token,
      `followers see ${seen?.id ?? 'nobody'} by ${String(seen?.token)}, stale ${String(view?.stale)}`,
    ),
  ];
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, place) => name === other[place]);
}
