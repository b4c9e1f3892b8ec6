import { BehaviorSubject, type Observable } from 'rxjs';
import {
  leaderRecord,
  termEnd,
  type Leadership,
  type LeaderRecord,
  type LeaderView,
  type Term,
} from '../../lib/index.js';
import { fakeTerm, interrupted, leading, waiting, type FakeTerm } from '../../testing/index.js';
import { Elections, type Election } from '../elections.js';
import type { ElectionOptions } from '../options.js';

/** Elections that a test moves by hand. */
export class FakeElections extends Elections {
  readonly #elections = new Map<string, FakeElection>();
  #tokens = 0n;

  get(name: string): Election {
    return this.#of(name);
  }

  add({ key, name = key }: ElectionOptions): Election {
    return this.#of(name);
  }

  all(): readonly Election[] {
    return [...this.#elections.values()];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** From now on this process leads: until `lose`, or another `lead`. */
  lead(name: string): FakeTerm {
    const term = fakeTerm({ token: (this.#tokens += 1n) });
    this.#of(name).show(leading(term));
    return term;
  }

  /** From now on it waits; with an error: it has lost its term by that, and tries again. */
  lose(name: string, error?: unknown): void {
    const election = this.#of(name);
    const { term } = election;
    term?.end('lost');
    const ended = term && { ended: termEnd(term.token, 'lost') };
    election.show(error === undefined ? waiting(1) : { ...interrupted(error), ...ended });
  }

  /** Another process leads, as followers see it. */
  leads(name: string, { id, data }: { readonly id: string; readonly data?: string }): void {
    const election = this.#of(name);
    election.show(waiting(1));
    election.other(leaderRecord(id, (this.#tokens += 1n), data));
  }

  #of(name: string): FakeElection {
    const election = this.#elections.get(name) ?? new FakeElection(name);
    this.#elections.set(name, election);
    return election;
  }
}

class FakeElection implements Election {
  readonly name: string;
  readonly #leadership$ = new BehaviorSubject<Leadership>(waiting(1));
  readonly #view$ = new BehaviorSubject<LeaderView>({ leader: undefined, stale: false });

  constructor(name: string) {
    this.name = name;
  }

  get isLeader(): boolean {
    return this.#leadership$.value.elected;
  }

  get term(): (Term & FakeTerm) | undefined {
    const { value } = this.#leadership$;
    return value.elected ? (value.term as FakeTerm) : undefined;
  }

  get leadership$(): Observable<Leadership> {
    return this.#leadership$.asObservable();
  }

  get view$(): Observable<LeaderView> {
    return this.#view$.asObservable();
  }

  show(leadership: Leadership): void {
    this.#leadership$.next(leadership);
    this.other(leadership.elected ? leaderRecord('me', leadership.term.token) : undefined);
  }

  other(leader: LeaderRecord | undefined): void {
    this.#view$.next({ leader, stale: false });
  }

  start(): void {
    // it moves by hand
  }

  stop(): Promise<void> {
    this.#leadership$.complete();
    return Promise.resolve();
  }
}
