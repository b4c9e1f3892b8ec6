import { defer, filter, Observable, ReplaySubject, share, timer } from 'rxjs';
import { admitsWork } from './active-term.js';
import { memoryOf, type CampaignState } from './campaign-state.js';
import type { LeadershipStore } from './contract.js';
import type { Leadership } from './leadership.js';
import { resolveCampaign, type CampaignOptions } from './options.js';
import { CampaignRun } from './run-campaign.js';

/**
 * Runs for election as long as somebody is subscribed.
 *
 *     subscribe   ^-----------------------!
 *     store         w----h-------x             w queued, h elected, x lost
 *     result      j-w----L-------r-i---j-w     j joining, L leading, r resigning, i interrupted
 *
 * - Emits `joining` at once, and never `elected` first; a late subscriber gets the present state.
 *   What is `elected` was checked by the clock for each subscriber, at each delivery.
 * - Cold, then shared: the first subscriber starts the campaign; when the last has left (after
 *   `linger`) the term ends in order: its signal, its drain, then the release of the key.
 * - Never errors by default: trouble is the state `interrupted`, with `error` and `retryIn`, and
 *   the campaign goes on. With `retry: false` an attempt that fails outside a term is an error
 *   notification; `retry: { giveUp }` chooses.
 * - Completes after `until` has emitted, or when the store is closed, once all is given back. A
 *   new subscription after that is a new campaign; cool-down and backoff go on.
 *
 * @example
 * campaign(store, { key: 'service/jobs/leader', id: 'underwood' })
 *   .pipe(whileLeader((term) => jobs(term.signal)))
 *   .subscribe();
 * @throws LeadershipError `invalid-option` at the call.
 */
export function campaign(store: LeadershipStore, options: CampaignOptions): Observable<Leadership> {
  const rules = resolveCampaign(store, options);
  let last: CampaignState | undefined;
  let lives = 0;
  let present: CampaignRun | undefined;
  const run$ = new Observable<Leadership>((subscriber) => {
    const life = (lives += 1);
    const remember = (state: CampaignState) => {
      if (life === lives) last = state; // an earlier life may still be giving its claim back
    };
    const run = new CampaignRun(store, rules, memoryOf(last), remember, subscriber);
    present = run;
    run.start();
    return () => {
      run.leave();
    };
  });
  const { linger } = rules;
  const shared$ = run$.pipe(
    share({
      connector: () => new ReplaySubject<Leadership>(1),
      resetOnRefCountZero: linger > 0 ? () => timer(linger, store.scheduler) : true,
    }),
  );
  return defer(() => {
    present?.look();
    return shared$.pipe(filter(isFresh));
  });
}

/** A replay, or a slow subscriber before this one, may have let a term grow old. */
function isFresh(leadership: Leadership): boolean {
  return !leadership.elected || admitsWork(leadership.term);
}
