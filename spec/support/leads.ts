import { EMPTY, switchMap, tap, type Observable, type ObservableInput } from 'rxjs';
import type { Leadership, Term } from '../../lib/index.js';

/** Subscribes, keeps `work` in each term that it leads, and returns the newest term when called. */
export function leads(
  campaign$: Observable<Leadership>,
  work: ObservableInput<unknown>,
): (() => Term) & { leave: () => void } {
  let term: Term | undefined;
  const subscription = campaign$
    .pipe(
      tap((leadership) => {
        if (leadership.elected) ({ term } = leadership);
      }),
      switchMap((leadership) => (leadership.elected ? leadership.term.waitUntil(work) : EMPTY)),
    )
    .subscribe();
  const present = () => {
    if (term === undefined) throw new Error('no term yet');
    return term;
  };
  return Object.assign(present, {
    leave: () => {
      subscription.unsubscribe();
    },
  });
}
