import { filter, tap, type Observable } from 'rxjs';
import { campaign } from '../lib/campaign.js';
import type { LeadershipStore } from '../lib/contract.js';
import type { Leadership } from '../lib/leadership.js';
import type { CampaignOptions } from '../lib/options.js';
import { resignWhen } from '../operators/resign-when.js';
import { stepDownRequests } from '../operators/step-down.js';
import { campaignOptions, type CandidateOptions } from './options.js';
import { messageOf, say } from './output.js';
import { leave$ } from './signals.js';

/**
 * A campaign as the commands run it: it leaves at a signal, steps down when an operator asks, and
 * says what troubles it.
 */
export function campaigning(
  store: LeadershipStore,
  key: string,
  options: CandidateOptions,
  more: Pick<CampaignOptions, 'drain'> = {},
): Observable<Leadership> {
  let reached = false;
  let told: unknown;
  const asked = () => stepDownRequests(store, key);
  return campaign(store, {
    until: leave$,
    ...more,
    ...campaignOptions(key, options, () => reached),
  }).pipe(
    tap((leadership) => {
      reached ||= leadership.elected || leadership.state === 'waiting';
      const { error } = { error: undefined, ...leadership };
      if (error !== undefined && error !== told) say(messageOf(error));
      told = error;
    }),
    resignWhen(({ token }) => asked().pipe(filter((wished) => wished === token))),
  );
}
