// What docs/operators.md shows of events, tokens, loops and promises.
import { map, type Observable } from 'rxjs';
import {
  admitByToken,
  firstTerm,
  gateByLeadership,
  terms,
  toAsyncIterable,
  whileLeader,
  withFencing,
} from 'rx-leadership';
import type { Leadership, Term } from 'rx-leadership';

// #region gate-by-leadership
export const handled = (events$: Observable<string>, leadership$: Observable<Leadership>) =>
  events$.pipe(gateByLeadership(leadership$, { whenNotLeading: 'buffer', limit: 100 }));
// #endregion

// #region with-fencing
export const sent = (leadership$: Observable<Leadership>, orders$: Observable<string>) =>
  leadership$.pipe(
    whileLeader((term) => orders$.pipe(withFencing(term))),
    map((order) => JSON.stringify(order)),
  );
// #endregion

// #region admit-by-token
export const received = (messages$: Observable<string>) =>
  messages$.pipe(
    map((text) => JSON.parse(text) as { token: string; value: string }),
    admitByToken({ onRefused: ({ value }) => console.log(`refused ${value}`) }),
    map(({ value }) => value),
  );
// #endregion

// #region to-async-iterable
export async function untilOneSucceeds(
  leadership$: Observable<Leadership>,
  attempt: (term: Term) => Promise<boolean>,
): Promise<void> {
  for await (const term of toAsyncIterable(leadership$.pipe(terms())))
    if (await attempt(term)) break; // leaves the race
}
// #endregion

// #region first-term
export async function migrateOnce(
  leadership$: Observable<Leadership>,
  migrate: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const term = await firstTerm(leadership$);
  await migrate(term.signal);
  term.resign(); // leaves the race
}
// #endregion
