import { distinctUntilChanged, Observable, type Subscriber } from 'rxjs';
import type { Contender, KeyState } from '../../lib/contract.js';
import type { LeadershipError } from '../../lib/errors.js';
import { View, type OpenFeed, type ViewSurroundings } from './view.js';

/** What is watched: an election, by its name and the feed that it would need. */
interface Watched {
  readonly name: string;
  readonly feed: OpenFeed;
}

/** What is watched: one view per election, shared by all who watch it. */
export class Views {
  readonly #surroundings: ViewSurroundings;
  readonly #views = new Map<string, View>();
  readonly #subscribers = new Set<Pick<Subscriber<unknown>, 'complete'>>();
  #closed = false;

  constructor(surroundings: ViewSurroundings) {
    this.#surroundings = surroundings;
  }

  watch(election: Watched): Observable<KeyState> {
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

  contenders(election: Watched): Observable<readonly Contender[]> {
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
  #observe<T>(election: Watched, look: (view: View) => T | undefined): Observable<T> {
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

  #view(election: Watched): View {
    const known = this.#views.get(election.name);
    if (known !== undefined) return known;
    const view = new View(this.#surroundings, election.feed, () => {
      if (this.#views.get(election.name) === view) this.#views.delete(election.name);
    });
    this.#views.set(election.name, view);
    return view;
  }
}
