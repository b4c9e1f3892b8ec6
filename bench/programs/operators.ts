import {
  defer,
  distinctUntilChanged,
  map,
  retry,
  scan,
  shareReplay,
  Subject,
  type Observable,
} from 'rxjs';
import {
  campaign,
  follow,
  leaderRecord,
  monotonicScheduler,
  type KeyState,
} from '../../lib/index.js';
import { leaderChanges } from '../../operators/index.js';
import { ScriptedStore } from '../../spec/support/scripted-store.js';
import { tell } from '../../spec/support/worker-process.js';
import { shuffled } from '../statistics.js';

/** M7: what one change costs from the store to the subscriber, on a store that costs nothing. */
const [pairs = '', warmUp = ''] = process.argv.slice(2);
const changes = 2_000;

interface Pipeline {
  change(number: number): void;
  readonly out$: Observable<unknown>;
}

const pipelines = { bare: bare(), campaign: campaigning(), follow: following() };
type Name = keyof typeof pipelines;
const names = Object.keys(pipelines) as Name[];

const seen = { bare: 0, campaign: 0, follow: 0 };
for (const name of names) pipelines[name].out$.subscribe(() => (seen[name] += 1));

const timing: Record<Name, number[]> = { bare: [], campaign: [], follow: [] };
for (let round = -Number(warmUp); round < Number(pairs); round += 1) {
  for (const name of shuffled(names)) {
    const took = nanoseconds(name);
    if (round >= 0) timing[name].push(took);
  }
}
const expected = changes * (Number(pairs) + Number(warmUp));
for (const name of names)
  if (seen[name] < expected) throw new Error(`${name}: ${seen[name]} of ${expected} changes`);
tell(timing);

function nanoseconds(name: Name): number {
  const { change } = pipelines[name];
  const begin = process.hrtime.bigint();
  for (let number = 0; number < changes; number += 1) change(number);
  return Number(process.hrtime.bigint() - begin) / changes;
}

/** The chain that performance is compared with: nothing but RxJS's own. */
function bare(): Pipeline {
  const source$ = new Subject<number>();
  const out$ = defer(() => source$).pipe(
    scan((state, ahead) => ({ ahead, changes: state.changes + 1 }), { ahead: 0, changes: 0 }),
    map(({ ahead }) => ({ elected: false, state: 'waiting', ahead })),
    retry({ delay: 1_000 }),
    distinctUntilChanged((before, now) => before.ahead === now.ahead),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  return { out$, change: (number) => source$.next(number) };
}

/** A candidate in a queue that moves. */
function campaigning(): Pipeline {
  const store = new ScriptedStore(monotonicScheduler);
  const out$ = campaign(store, { key: 'key', id: 'me' });
  return { out$, change: (number) => store.claims[0]!.waiting(number) };
}

/** A follower of leaders that change. */
function following(): Pipeline {
  const store = new ScriptedStore(monotonicScheduler);
  const state$ = new Subject<KeyState>();
  store.watch$ = state$;
  let token = 0n;
  const out$ = follow(store, 'key').pipe(leaderChanges());
  return {
    out$,
    change: (number) =>
      state$.next({ leader: leaderRecord(`id-${number}`, (token += 1n)), stale: false }),
  };
}
