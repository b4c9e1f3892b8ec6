import {
  concat,
  connect,
  distinctUntilChanged,
  from,
  last,
  map,
  merge,
  mergeMap,
  scan,
  takeUntil,
  timer,
  type MonoTypeOperatorFunction,
  type Observable,
  type SchedulerLike,
} from 'rxjs';

type Phase = 'flows' | 'frozen' | 'stale';

interface Told<S> {
  /** Tells of each change of phase. */
  readonly tell: (phase: Phase) => void;
  /** How a state is shown of which nothing has been heard for long. Default: not at all. */
  readonly stale?: (state: S) => S;
}

/** What a watch knows: `shown` in this step, `newest` from the source. */
interface Watching<S> {
  readonly phase: Phase;
  readonly newest: S | undefined;
  readonly shown: readonly S[];
}

/**
 * Holds states back for a while; then the newest is shown, without those that came before it.
 *
 *     source  -a----b--c------d--
 *     result  -a-------S---c--d--     frozen before b, stale S (a, and perhaps old), flows again
 *                 f    s   f
 */
export function frozen<S>(
  when: { readonly from: number; readonly stale: number; readonly to: number },
  scheduler: SchedulerLike,
  { tell, stale }: Told<S>,
): MonoTypeOperatorFunction<S> {
  const at = (moment: number, phase: Phase) => timer(moment, scheduler).pipe(map(() => phase));
  const staleIn = when.stale < when.to ? [at(when.stale - when.from, 'stale')] : [];
  const rest = when.to - Math.max(when.from, staleIn.length > 0 ? when.stale : when.from);
  const phases$ = concat(at(when.from, 'frozen'), ...staleIn, at(rest, 'flows'));
  return (source$) =>
    source$.pipe(
      connect((shared$) => {
        const ended$ = shared$.pipe(last(undefined, undefined));
        return merge(
          shared$.pipe(map((state) => ({ state }))),
          phases$.pipe(
            map((phase) => ({ phase })),
            takeUntil(ended$),
          ),
        );
      }),
      scan(
        (before: Watching<S>, event: { readonly state: S } | { readonly phase: Phase }) => {
          if ('state' in event) return arrived(before, event.state);
          tell(event.phase);
          return turned(before, event.phase, stale);
        },
        { phase: 'flows', newest: undefined, shown: [] },
      ),
      mergeMap(({ shown }): Observable<S> => from(shown)),
      distinctUntilChanged(),
    );
}

function arrived<S>({ phase }: Watching<S>, state: S): Watching<S> {
  return { phase, newest: state, shown: phase === 'flows' ? [state] : [] };
}

function turned<S>(
  { newest }: Watching<S>,
  phase: Phase,
  stale: ((state: S) => S) | undefined,
): Watching<S> {
  if (newest === undefined || phase === 'frozen') return { phase, newest, shown: [] };
  if (phase === 'flows') return { phase, newest, shown: [newest] };
  return { phase, newest, shown: stale === undefined ? [] : [stale(newest)] };
}
