import type { SchedulerLike } from 'rxjs';
import type { LeadershipError } from '../../lib/errors.js';
import { isPassing } from './failures.js';
import { pause, type Backoff } from './timers.js';

export interface PatientReading<P> {
  readonly read: () => Promise<P>;
  readonly hasLeft: () => boolean;
  readonly isFirst: () => boolean;
  /** How long one that waits may not know who is in front. */
  readonly patience: number;
  readonly scheduler: SchedulerLike;
  readonly backoff: Backoff;
}

/**
 * What is read of a claim's place, once it can be read; `undefined`: left meanwhile. The first goes
 * on for as long as its lease does. One that waits gives up: renewals may get through where nothing
 * else does, and if it were its turn, it would not know, and nobody would lead.
 */
export async function untilRead<P>({
  read,
  hasLeft,
  isFirst,
  patience,
  scheduler,
  backoff,
}: PatientReading<P>): Promise<P | undefined> {
  const until = scheduler.now() + patience;
  while (!hasLeft()) {
    try {
      return await read();
    } catch (error) {
      if (!isPassing(error as LeadershipError)) throw error;
      if (!isFirst() && scheduler.now() >= until) throw error;
      await pause(scheduler, backoff.next());
    }
  }
  return undefined;
}
