import { distinctUntilChanged, Observable, type Subscriber } from 'rxjs';
import type { Contender, KeyState } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { ElectionView, type ViewSurroundings } from './election-view.js';
import type { ElectionKeys } from './wire.js';

/** What is watched: one view per election, shared by all who watch it. */
export class Views {
  readonly #surroundings: ViewSurroundings;
  readonly #views = new Map<string, ElectionView>();
  readonly #subscribers = new Set<Pick<Subscriber<unknown>, 'complete'>>();
  #closed = false;

  constructor(surroundings: ViewSurroundings) {
    this.#surroundings = surroundings;
  }

  watch(election: ElectionKeys): Observable<KeyState> {
    return this.#observe(election, (view) => view.keyState).pipe(
      distinctUntilChanged(
        (before, now) =>
          before.stale === now.stale &&
          before.leader?.token === now.leader?.token &&
          before.leader?.id === now.leader?.id &&
          before.leader?.data === now.leader?.data,
      ),
    );
  }

  contenders(election: ElectionKeys): Observable<readonly Contender[]> {
    return this.#observe(election, (view) => view.contenders).pipe(distinctUntilChanged());
  }

  /** Every view errors, and whoever subscribes again starts anew. */
  fail(error: LeadershipError): void {
    for (const view of [...this.#views.values()]) view.fail(error);
  }

  close(): void {
    this.#closed = true;
    for (const subscriber of [...this.#subscribers]) subscriber.complete();
  }

  /** `look` returns `undefined` while there is nothing to show. */
  #observe<T>(election: ElectionKeys, look: (view: ElectionView) => T | undefined): Observable<T> {
    return new Observable<T>((out) => {
      if (this.#closed) {
        out.complete();
        return undefined;
      }
      const view = this.#view(election);
      const show = () => {
        const seen = look(view);
        if (seen !== undefined) out.next(seen);
      };
      const remove = view.add({ changed: show, failed: (error) => out.error(error) });
      this.#subscribers.add(out);
      show();
      return () => {
        this.#subscribers.delete(out);
        remove();
      };
    });
  }

  #view(election: ElectionKeys): ElectionView {
    const known = this.#views.get(election.prefix);
    if (known !== undefined) return known;
    const view = new ElectionView(this.#surroundings, election, () => {
      if (this.#views.get(election.prefix) === view) this.#views.delete(election.prefix);
    });
    this.#views.set(election.prefix, view);
    return view;
  }
}
