import {
  catchError,
  connect,
  defer,
  distinctUntilChanged,
  EMPTY,
  from,
  map,
  merge,
  observeOn,
  of,
  queueScheduler,
  scan,
  Subject,
  switchMap,
  take,
  takeWhile,
  tap,
  type Observable,
  type ObservableInput,
  type Subscriber,
  type Subscription,
} from 'rxjs';
import {
  dueAt,
  initialState,
  isFinished,
  isStaked,
  memoryOf,
  type CampaignEvent,
  type CampaignState,
  type Memory,
} from './campaign-state.js';
import { reached } from './clock.js';
import type { ClaimState, LeadershipStore } from './contract.js';
import type { Leadership } from './leadership.js';
import { nextState } from './next-state.js';
import type { CampaignRules } from './options.js';
import { sameLeadership, shown } from './show.js';
import { Tenure } from './tenure.js';

/** One life of a campaign: from its first subscriber until all is given back. */
export interface CampaignRun {
  start(): void;
  /** Looks at the clock, in case no timer could run. */
  look(): void;
  /** Leaves the race in order; goes on by itself until all is given back. */
  leave(): void;
}

type Send = (event: CampaignEvent) => void;

/**
 * Runs a campaign and tells `audience`.
 *
 * This is the one file of glue. A campaign *owns* its subscription to `lock`, and is no link of
 * the chain that its users hold: RxJS tears down upstream first, and so would release the key
 * before the work has stopped. Events meet in one queue; a pure function makes states of them;
 * what a state asks for (a claim, a timer, the word of the lease) feeds the queue again. So nobody
 * sees an older state after a newer one, however re-entrant a subscriber is.
 */
export function runCampaign(
  store: LeadershipStore,
  rules: CampaignRules,
  memory: Memory,
  remember: (memory: Memory) => void,
  audience: Subscriber<Leadership>,
): CampaignRun {
  const event$ = new Subject<CampaignEvent>();
  const send: Send = (event) => {
    event$.next(event);
  };
  const tenure = new Tenure(store, rules, send);
  const { clock } = store;
  const tell = teller(
    audience,
    () => tenure.term,
    () => clock.now(),
  );

  const running = event$
    .pipe(
      observeOn(queueScheduler),
      scan(
        (state, event) => nextState(rules, state, event, tenure.reading(), clock.now()),
        initialState(memory),
      ),
      distinctUntilChanged(),
      tap((state) => {
        tenure.follow(state);
        remember(memoryOf(state));
        tell(state);
      }),
      takeWhile((state) => !isFinished(state), true),
      connect((state$) =>
        merge(
          claims(state$, store, rules, tenure, send),
          alarms(state$, store),
          tenure.events(state$),
        ),
      ),
    )
    .subscribe({
      next: send,
      error: (error: unknown) => {
        audience.error(error);
      },
    });

  return {
    start: () => {
      running.add(stopAt(rules.until, send, audience));
      send({ type: 'start' });
    },
    look: () => {
      send({ type: 'look' });
    },
    leave: () => {
      send({ type: 'stop' });
    },
  };
}

/** Shows the audience `joining` at once, then each state that says something new. */
function teller(
  audience: Subscriber<Leadership>,
  term: () => Tenure['term'],
  now: () => number,
): (state: CampaignState) => void {
  let last: Leadership = { elected: false, state: 'joining' };
  let phase: CampaignState['phase'] | undefined;
  audience.next(last);
  return (state) => {
    if (state.phase.name === 'failed') {
      audience.error(state.phase.error);
      return;
    }
    if (state.phase !== phase) {
      ({ phase } = state);
      const next = shown(state, term(), now());
      if (!sameLeadership(last, next)) audience.next((last = next));
    }
    if (isFinished(state)) audience.complete();
  };
}

/** Stakes, keeps and gives up claims, as the states ask. */
function claims(
  state$: Observable<CampaignState>,
  store: LeadershipStore,
  rules: CampaignRules,
  tenure: Tenure,
  send: Send,
): Observable<CampaignEvent> {
  return state$.pipe(
    map((state) => (isStaked(state) ? state.stake : undefined)),
    distinctUntilChanged(),
    switchMap((stake) =>
      stake === undefined
        ? EMPTY
        : defer(() => stakeClaim(store, rules, tenure, stake, send)).pipe(
            map((claim) => claimEvent(claim, stake, tenure)),
            catchError((error: unknown) => of({ type: 'claim-failed', stake, error } as const)),
          ),
    ),
  );
}

function stakeClaim(
  store: LeadershipStore,
  { key, id, data, ttl }: CampaignRules,
  tenure: Tenure,
  stake: number,
  send: Send,
): Observable<ClaimState> {
  try {
    return store.lock(key, {
      id,
      data,
      ttl,
      settled: (outcome) => {
        tenure.settle(stake, outcome);
        send({ type: 'settled' });
      },
    });
  } catch (error) {
    send({ type: 'settled' }); // without a subscription, nothing will be told
    throw error;
  }
}

function claimEvent(claim: ClaimState, stake: number, tenure: Tenure): CampaignEvent {
  switch (claim.status) {
    case 'waiting':
      return { type: 'waiting', stake, ahead: claim.ahead };
    case 'held':
      tenure.holds(claim.lease);
      return { type: 'held', stake, token: claim.token };
    case 'leaving':
      return { type: 'stop' };
  }
}

/** Looks at the clock when a state is due to change. */
function alarms(
  state$: Observable<CampaignState>,
  { clock, scheduler }: LeadershipStore,
): Observable<CampaignEvent> {
  return state$.pipe(
    map(dueAt),
    distinctUntilChanged(),
    switchMap((due) => (due === Infinity ? EMPTY : reached(() => due, clock, scheduler))),
    map(() => ({ type: 'look' }) as const),
  );
}

/** The user's `until`: its first value stops the campaign, its error fails it. */
function stopAt(
  until: ObservableInput<unknown> = EMPTY,
  send: Send,
  audience: Subscriber<Leadership>,
): Subscription {
  const stop = () => {
    send({ type: 'stop' });
  };
  const fail = (error: unknown) => {
    audience.error(error);
    stop();
  };
  return from(until).pipe(take(1)).subscribe({ next: stop, error: fail });
}
